"""Notes with htag 1: the state of the app is ``self.state``."""

from htag import Tag


class Notes(Tag.body):
    imports = ()

    def init(self):
        draft = self.state.get("draft", "")
        self.draft = Tag.input(_value=draft, _onchange=self.bind.write(b"this.value"))
        self.list = Tag.ul()
        self += [self.draft, Tag.button("add", _class="add", _onclick=self.note), self.list]
        self.show()

    def show(self):
        self.list.clear([Tag.li(text) for text in self.state.get("notes", [])])

    def write(self, text):
        self.state["draft"] = self.draft["value"] = text

    def note(self, _):
        self.state["notes"] = [*self.state.get("notes", []), self.state.get("draft", "")]
        self.state["draft"] = self.draft["value"] = ""
        self.show()
