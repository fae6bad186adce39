from htag import Tag

MARKUP = "</script><img src=x onerror=alert(1)>"


class App(Tag.App):
    """Fails wherever it is told to."""

    def init(self):
        where = self.request.query_params.get("where")
        if where == "init":
            raise RuntimeError(MARKUP)
        self.shown = Tag.b("fine", _class="shown")
        for name in ("before", "after", "second", "odd", "endless", "good"):
            self <= Tag.button(name, _onclick=getattr(self, name))
        self <= self.shown
        if where == "render":
            self <= Tag.div(self.fail)

    def fail(self):
        raise RuntimeError(MARKUP)

    def before(self, event):
        raise RuntimeError(MARKUP)

    def after(self, event):
        self.shown.text = "changed"
        raise RuntimeError(MARKUP)

    def second(self, event):
        self.shown.text = "first step"
        yield
        raise RuntimeError(MARKUP)

    def odd(self, event):
        return object()

    def endless(self, event):
        self.endless(event)

    def good(self, event):
        self.shown.text = "good"
