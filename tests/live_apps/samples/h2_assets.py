from htag import Tag


class Late(Tag.b):
    statics = (Tag.style(".late{}"), Tag.script("window.late = 1"))

    def init(self):
        self.text = "late"


class App(Tag.App):
    """Styles and scripts of its own, and of a part that comes later."""

    statics = (Tag.style("b.tag{}"), Tag.title("Assets"))
    styles = "b { color: red }"

    def init(self):
        self.box = Tag.div(_class="box")
        self <= Tag.button("late", _onclick=self.late)
        self <= self.box

    def late(self, event):
        self.box.clear()
        self.box <= Late()
