"""Notes with htag 2: the state of the app is what ``States`` hold."""

from htag import States, Tag


class Notes(Tag.App):
    def init(self):
        self.kept = States(draft="", notes=[])  # has the values of before in the next line
        self.draft = Tag.input(_value=self.kept.draft.value, _oninput=self.write)
        self += [self.draft, Tag.button("add", _class="add", _onclick=self.note)]
        self += Tag.ul(lambda: [Tag.li(text) for text in self.kept.notes])

    def write(self, event):
        self.kept.draft = event.value

    def note(self, event):
        self.kept.notes.append(self.kept.draft.value)
        self.kept.draft = self.draft["value"] = ""
