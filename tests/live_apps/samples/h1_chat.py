from htag import Tag

MEMBERS = []


class App(Tag.div):
    """A room: what one says, everybody reads."""

    imports = ()

    def init(self):
        self.log = Tag.div(_class="log")
        self += Tag.button("hello", _onclick=self.bind.say("hello "))
        self += Tag.button("leave", _onclick=self.bind.leave())
        self += self.log
        MEMBERS.append(self)

    async def say(self, text):
        for member in list(MEMBERS):
            member.log += text
            if not await member.log.update():
                MEMBERS.remove(member)

    def leave(self):
        MEMBERS.remove(self)
