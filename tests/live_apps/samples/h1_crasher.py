from htag import Tag

MARKUP = "</script><img src=x onerror=alert(1)>"


class App(Tag.div):
    """Fails wherever it is told to."""

    imports = ()

    def init(self, where=""):
        if where == "init":
            raise RuntimeError(MARKUP)
        if where == "type":
            raise TypeError(MARKUP)
        self.shown = Tag.b("fine", _class="shown")
        for name in ("before", "after", "second", "odd", "endless", "good"):
            self += Tag.button(name, _onclick=getattr(self, name))
        self += self.shown
        self.failing = where == "render"

    def render(self):
        if self.failing:
            raise RuntimeError(MARKUP)

    def before(self, tag):
        raise RuntimeError(MARKUP)

    def after(self, tag):
        self.shown.clear("changed")
        raise RuntimeError(MARKUP)

    def second(self, tag):
        self.shown.clear("first step")
        yield
        raise RuntimeError(MARKUP)

    def odd(self, tag):
        return object()

    def endless(self, tag):
        self.endless(tag)

    def good(self, tag):
        self.shown.clear("good")
