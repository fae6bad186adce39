from htag import Tag


class App(Tag.App):
    """Notes in the session: a list that is changed in place."""

    def init(self):
        self.notes = Tag.div(_class="notes")
        self.who = Tag.div(_class="who")
        self <= Tag.button("add", _onclick=lambda event: self.note("x" * 10))
        self <= Tag.button("much", _onclick=lambda event: self.note("x" * 20_000))
        self <= [self.who, self.notes]

    def on_mount(self):
        self.who.text = self.request.session.get("user", "nobody")
        self.show()

    def note(self, text):
        self.request.session.setdefault("notes", []).append(text)
        self.show()

    def show(self):
        notes = self.request.session.get("notes", [])
        self.notes.text = f"{len(notes)} notes, {sum(map(len, notes))} letters"
