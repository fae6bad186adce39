from htag import Tag


class App(Tag.body):
    """Counts, and notes what is typed, in the state that another instance can show."""

    imports = ()

    def init(self):
        self.count, self.words = Tag.b(_class="count"), Tag.i(_class="words")
        self += Tag.button("more", _class="more", _onclick=self.bind.more())
        self += Tag.button("odd", _class="odd", _onclick=self.bind.odd())
        self += Tag.button("leave", _class="leave", _onclick=self.bind.leave())
        self += Tag.input(_onchange=self.bind.note(b"this.value"))
        self += self.count + self.words
        self.show()

    def show(self):
        self.count.clear(self.state.get("count", 0))
        self.words.clear(" ".join(self.state.get("words", [])))

    def more(self):
        self.state["count"] = self.state.get("count", 0) + 1
        self.show()

    def odd(self):
        self.state["words"] = {"a set"}
        self.more()

    def note(self, text):
        if "words" not in self.state:
            self.state["words"] = []
        self.state["words"].append(text)
        self.show()

    def leave(self):
        self.exit()
