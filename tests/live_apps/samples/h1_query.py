from html import escape

from htag import Tag


class App(Tag.div):
    """Shows its arguments."""

    imports = ()

    def init(self, *args, **kwargs):
        named = [f"{name}={value!r}" for name, value in sorted(kwargs.items())]
        self += Tag.b(escape(" ".join([*map(repr, args), *named])), _class="shown")
