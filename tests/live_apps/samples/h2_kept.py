from htag import States, Tag


class App(Tag.App):
    """Counts, and notes what is typed, in states that another instance can show."""

    def init(self):
        self.kept = States(count=0, words=[])
        self <= Tag.button("more", _class="more", _onclick=self.more)
        self <= Tag.button("odd", _class="odd", _onclick=self.odd)
        self <= Tag.button("leave", _class="leave", _onclick=lambda event: self.exit())
        self <= Tag.input(_onchange=self.note)
        self <= Tag.b(lambda: self.kept.count, _class="count")
        self <= Tag.i(lambda: " ".join(self.kept.words), _class="words")

    def more(self, event):
        self.kept.count += 1

    def odd(self, event):
        self.kept.count += 1
        self.kept.words = {"a set"}

    def note(self, event):
        self.kept.words.append(event.value)
