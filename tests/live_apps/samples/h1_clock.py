import asyncio

from htag import Tag

RUNNING = []  # one entry for each clock that ticks


class App(Tag.div):
    """A number that a task counts up, from the construction until nobody listens any more."""

    imports = ()

    def init(self):
        self.time = Tag.b("0", _class="time")
        self += self.time
        asyncio.ensure_future(self.tick())

    async def tick(self):
        RUNNING.append(self)
        number = 0
        try:
            while True:
                await asyncio.sleep(0.01)
                number += 1
                self.time.clear(str(number))
                if not await self.time.update():
                    return
        finally:
            RUNNING.remove(self)
