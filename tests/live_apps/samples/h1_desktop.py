from htag import Tag


class App(Tag.div):
    """Changes its title, opens a link, and ends itself."""

    imports = ()

    def init(self):
        self += Tag.button("title", _onclick=lambda tag: self.call("document.title = 'new'"))
        self += Tag.button("quit", _onclick=lambda tag: self.exit())
