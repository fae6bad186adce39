from htag import Tag


class App(Tag.div):
    """Notes in the session: a list that is changed in place."""

    imports = ()

    def init(self):
        self.notes = Tag.div(_class="notes")
        self.who = Tag.div(self.session.get("user", "nobody"), _class="who")
        self += Tag.button("add", _onclick=self.bind.note("x" * 10))
        self += Tag.button("much", _onclick=self.bind.note("x" * 20_000))
        self += self.who + self.notes
        self.show()

    def note(self, text):
        self.session.setdefault("notes", []).append(text)
        self.show()

    def show(self):
        notes = self.session.get("notes", [])
        self.notes.clear(f"{len(notes)} notes, {sum(map(len, notes))} letters")
