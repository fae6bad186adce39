import asyncio

from htag import Tag


class App(Tag.App):
    """Handlers of all kinds; each writes a, b and c into the log, one after the other."""

    def init(self):
        self.log = Tag.div(_class="log")
        self.hooks = Tag.div(_class="hooks")
        for name in ("plain", "coroutine", "generator", "agenerator"):
            self <= Tag.button(name, _onclick=getattr(self, name))
        self <= [self.log, self.hooks]

    def on_mount(self):
        self.hooks <= "m1 "
        yield
        self.hooks <= "m2 "
        yield

    def plain(self, event):
        for letter in "abc":
            self.log <= letter

    async def coroutine(self, event):
        for letter in "abc":
            await asyncio.sleep(0)
            self.log <= letter

    def generator(self, event):
        for letter in "abc":
            self.log <= letter
            yield
        return "the result"

    async def agenerator(self, event):
        for letter in "abc":
            await asyncio.sleep(0)
            self.log <= letter
            yield
