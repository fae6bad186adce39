from htag import Tag


class App(Tag.App):
    """One number; a bound method, a lambda and a nested function count it up."""

    def init(self):
        self.clicks = 0
        self.count = Tag.b("0", _class="count")

        def nested(event):
            self.more()

        self <= Tag.button("bound", _onclick=self.more)
        self <= Tag.button("lambda", _onclick=lambda event: self.more())
        self <= Tag.button("nested", _onclick=nested)
        self <= self.count

    def more(self, event=None):
        self.clicks += 1
        self.count.text = self.clicks
