import asyncio

from htag import Tag


class App(Tag.App):
    """Builds its content in a block that others come between."""

    def init(self):
        self.clicks = 0
        self.box = Tag.div()
        self <= Tag.button("again", _onclick=self.build)
        self <= self.box

    async def build(self, event):
        self.clicks += 1
        secret = self.request.query_params.get("secret", "none")
        self.box.clear()
        with self.box:
            for _ in range(3):
                with Tag.section():
                    await asyncio.sleep(0)
                    Tag.i(secret)
            Tag.b(f"{secret} {self.clicks}", _class="shown")

    def private(self):
        self.clicks = 1000
