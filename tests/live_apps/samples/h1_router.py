from htag import Tag


class App(Tag.div):
    """Links to its own pages; the argument says which one is shown."""

    imports = ()

    def init(self, place="home"):
        self += Tag.a("about", _href="?about", _class="active" if place == "about" else "")
        self += Tag.b(place if place in ("home", "about") else "nothing here", _class="shown")
