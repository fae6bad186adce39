import asyncio

from htag import Tag


class App(Tag.div):
    """Handlers of all kinds; each writes a, b and c into the log, one after the other."""

    imports = ()

    def init(self):
        self.log = Tag.div(_class="log")
        self.flow = Tag.div(_class="flow")
        for name in ("plain", "coroutine", "generator", "agenerator", "streamed"):
            self += Tag.button(name, _onclick=getattr(self, name))
        self += self.log
        self += self.flow

    def plain(self, tag):
        for letter in "abc":
            self.log += letter

    async def coroutine(self, tag):
        for letter in "abc":
            await asyncio.sleep(0)
            self.log += letter

    def generator(self, tag):
        for letter in "abc":
            self.log += letter
            yield

    async def agenerator(self, tag):
        for letter in "abc":
            await asyncio.sleep(0)
            self.log += letter
            yield

    def streamed(self, tag):
        yield Tag.i("a")
        yield [Tag.i("b"), Tag.i("c")]
