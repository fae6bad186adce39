"""Buttons that may be clicked, and much that no page was ever given."""

from htag import Tag

SPRUNG = []


class Vault(Tag.div):
    """In the page, and without a binding."""

    def init(self):
        self.secret = "treasure"
        self.inner = Tag.b("inside")
        self += self.inner

    def launch(self, *args, **kargs):
        SPRUNG.append("launch")

    def _private(self, *args, **kargs):
        SPRUNG.append("_private")


class App(Tag.div):
    imports = []

    def init(self):
        self.clicks = 0
        self.shown = Tag.span("0", _class="count")
        self.vault = Vault()
        self += Tag.button("click", _class="more", _onclick=self.bind.click())
        self += Tag.input(_class="text", _oninput=self.bind.typed(b"this.value"))
        self += Tag.button("handler", _class="handler", _onclick=lambda ev: self.click())
        self += self.shown + self.vault

    def click(self, *args, **kargs):
        self.clicks += 1
        self.shown.clear(str(self.clicks))

    def typed(self, *args, **kargs):
        pass

    def reset(self, *args, **kargs):
        SPRUNG.append("reset")

    def _hidden(self, *args, **kargs):
        SPRUNG.append("_hidden")
