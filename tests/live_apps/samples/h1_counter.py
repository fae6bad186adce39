from htag import Tag


class App(Tag.div):
    """One number; a bound method, a lambda and a nested function count it up."""

    imports = ()

    def init(self):
        self.clicks = 0
        self.count = Tag.b("0", _class="count")

        def nested(tag):
            self.more()

        self += Tag.button("bound", _onclick=self.bind.more())
        self += Tag.button("lambda", _onclick=lambda tag: self.more())
        self += Tag.button("nested", _onclick=nested)
        self += self.count

    def more(self):
        self.clicks += 1
        self.count.clear(str(self.clicks))
