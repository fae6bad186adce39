import asyncio

from gate import GATE
from htag import Tag


class App(Tag.div):
    imports = []

    def init(self):
        self.clicks = 0
        self.count = Tag.span("0", _class="count")
        self.ticks = Tag.span("0", _class="ticks")
        self.echo = Tag.span("", _class="echo")
        self += Tag.button("more", _class="more", _onclick=self.bind.more())
        self += Tag.button("block", _class="block", _onclick=self.bind.block())
        self += Tag.input(_class="text", _oninput=self.bind.typed(b"this.value"))
        self += self.count + self.ticks + self.echo
        asyncio.ensure_future(self.tick())

    async def tick(self):
        number = 0
        while True:
            await asyncio.sleep(0.02)
            number += 1
            self.ticks.clear(str(number))
            self.call(f"(window.got = window.got || []).push({number})")
            if not await self.ticks.update():
                return

    def more(self):
        self.clicks += 1
        self.count.clear(str(self.clicks))

    def typed(self, text):
        self.echo.clear(text.upper())

    def block(self):
        GATE.wait()
