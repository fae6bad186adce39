from htag import Tag


class App(Tag.App):
    """Shows the query of its page."""

    def init(self):
        query = self.request.query_params
        named = [f"{name}={query[name]!r}" for name in sorted(query.keys())]
        self <= Tag.b(" ".join(named), _class="shown")
