from htag import Tag


class Late(Tag.b):
    statics = (Tag.style(".late{}"), Tag.script("window.late = 1"))

    def init(self):
        self += "late"
        self.js = "window.lateRuns = 1"


class App(Tag.div):
    """Styles and scripts of its own, and of a part that comes later."""

    statics = ("b.text{}", b"window.bytes = 1", Tag.style("b.tag{}"), Tag.title("Assets"))
    imports = (Late,)

    def init(self):
        self.box = Tag.div(_class="box")
        self += Tag.button("late", _onclick=self.late)
        self += self.box

    def late(self, tag):
        self.box.clear(Late())
