from htag import Tag


class App(Tag.App):
    """Greets who is signed in."""

    def init(self):
        self <= Tag.b(lambda: self.request.session.get("name", "a stranger"), _class="who")
        self <= Tag.a("sign in", _href="auth/start")
