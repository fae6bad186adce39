import asyncio

from gate import GATE
from htag import Tag


class App(Tag.App):
    def init(self):
        self.clicks = 0
        self.number = 0
        self.count = Tag.span("0", _class="count")
        self.ticks = Tag.span("0", _class="ticks")
        self.echo = Tag.span("", _class="echo")
        self <= Tag.button("more", _class="more", _onclick=self.more)
        self <= Tag.button("block", _class="block", _onclick=lambda event: GATE.wait())
        self <= Tag.input(_class="text", _oninput=self.typed)
        self <= [self.count, self.ticks, self.echo]

    def on_mount(self):
        self.ticking = asyncio.create_task(self.tick())

    def on_unmount(self):
        self.ticking.cancel()

    async def tick(self):
        while True:
            await asyncio.sleep(0.02)
            self.number += 1
            self.ticks.text = self.number
            self.call_js(f"(window.got = window.got || []).push({self.number})")
            self.update()

    def more(self, event):
        self.clicks += 1
        self.count.text = self.clicks

    def typed(self, event):
        self.echo.text = event.value.upper()
