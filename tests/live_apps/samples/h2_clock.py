import asyncio

from htag import Tag

RUNNING = []  # one entry for each clock that ticks


class App(Tag.App):
    """A number that a task counts up while it is mounted."""

    def init(self):
        self.number = 0
        self.time = Tag.b("0", _class="time")
        self <= self.time

    def on_mount(self):
        self.task = asyncio.create_task(self.tick())

    def on_unmount(self):
        self.task.cancel()

    async def tick(self):
        RUNNING.append(self)
        try:
            while True:
                await asyncio.sleep(0.01)
                self.number += 1
                self.time.text = self.number
                self.update()
        finally:
            RUNNING.remove(self)
