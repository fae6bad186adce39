from htag import Tag


class App(Tag.App):
    """Changes its title."""

    def init(self):
        self <= Tag.button("title", _onclick=lambda event: self.call_js("document.title = 'new'"))
