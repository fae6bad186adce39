from htag import Tag


class App(Tag.div):
    """Builds its button anew with each click, so that ids of dead tags are soon used again."""

    imports = ()

    def init(self, secret="none"):
        self.secret = secret
        self.clicks = 0
        self.box = Tag.div()
        self += self.box
        self.build()

    def build(self, tag=None):
        self.clicks += tag is not None
        self.box.clear()
        self.box += Tag.button("again", _onclick=self.build)
        self.box += Tag.b(f"{self.secret} {self.clicks}", _class="shown")

    def private(self):
        self.secret = "stolen"
