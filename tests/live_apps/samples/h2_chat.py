from htag import State, Tag

ROOM = State("")


class App(Tag.App):
    """A room: what one says, everybody reads."""

    def init(self):
        self <= Tag.button("hello", _onclick=self.say)
        self <= Tag.div(lambda: ROOM.value, _class="log")

    def say(self, event):
        ROOM.value += "hello "
