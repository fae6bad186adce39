import asyncio

from gate import GATE
from htag import Tag


class App(Tag.App):
    """Takes its time, in every way."""

    def init(self):
        self.shown = Tag.b("awake", _class="shown")
        for name in ("block", "sleep", "spin", "quick"):
            self <= Tag.button(name, _onclick=getattr(self, name))
        self <= self.shown

    def block(self, event):
        GATE.wait()
        self.shown.text = "awake again"

    async def sleep(self, event):
        await asyncio.sleep(60)

    def spin(self, event):
        GATE.entered.set()
        while not GATE._opened.is_set():
            pass
        self.shown.text = "awake again"

    def quick(self, event):
        self.shown.text = "quick"
