from htag import Tag


class App(Tag.div):
    """Greets who is signed in."""

    imports = ()

    def render(self):
        self.clear()
        self += Tag.b(self.session.get("name", "a stranger"), _class="who")
        self += Tag.a("sign in", _href="auth/start")
