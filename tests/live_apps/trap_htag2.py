"""Buttons that may be clicked, and much that no page was ever given."""

from htag import Tag

SPRUNG = []


class Vault(Tag.div):
    """In the page, and without a handler."""

    def init(self):
        self.secret = "treasure"
        self <= Tag.b("inside")

    def launch(self, *args, **kargs):
        SPRUNG.append("launch")

    def _private(self, *args, **kargs):
        SPRUNG.append("_private")


class App(Tag.App):
    def init(self):
        self.clicks = 0
        self.shown = Tag.span("0", _class="count")
        self.vault = Vault()
        self <= Tag.button("click", _class="more", _onclick=self.click)
        self <= Tag.input(_class="text", _oninput=self.typed)
        self <= [self.shown, self.vault]

    def click(self, event):
        self.clicks += 1
        self.shown.text = self.clicks

    def typed(self, event):
        pass

    def reset(self, *args, **kargs):
        SPRUNG.append("reset")

    def _hidden(self, *args, **kargs):
        SPRUNG.append("_hidden")
