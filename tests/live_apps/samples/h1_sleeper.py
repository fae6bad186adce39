import asyncio

from gate import GATE
from htag import Tag


class App(Tag.div):
    """Takes its time, in every way."""

    imports = ()

    def init(self):
        self.shown = Tag.b("awake", _class="shown")
        for name in ("block", "sleep", "spin", "quick"):
            self += Tag.button(name, _onclick=getattr(self, name))
        self += self.shown

    def block(self, tag):
        GATE.wait()
        self.shown.clear("awake again")

    async def sleep(self, tag):
        await asyncio.sleep(60)

    def spin(self, tag):
        GATE.entered.set()
        while not GATE._opened.is_set():
            pass
        self.shown.clear("awake again")

    def quick(self, tag):
        self.shown.clear("quick")
