"""The app that every GUI peer serves, for whichever htag is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from gui_words import LAST, PUSHES
from htag import Tag

if importlib.util.find_spec("htag.render"):  # htag 1

    class App(Tag.div):
        """Counts clicks, and pushes on demand."""

        imports = ()

        def init(self) -> None:
            self.clicks = 0
            self.count = Tag.span("0")
            self += Tag.button("more", _class="more", _onclick=self.bind.more())
            self += Tag.button("burst", _class="burst", _onclick=self.bind.burst())
            self += self.count

        def more(self) -> None:
            self.clicks += 1
            self.count.clear(str(self.clicks))

        async def burst(self) -> None:
            for number in range(PUSHES):
                self.count.clear(LAST if number == PUSHES - 1 else str(number))
                await self.count.update()

else:

    class App(Tag.App):
        """Counts clicks, and pushes on demand."""

        def init(self) -> None:
            self.clicks = 0
            self.count = Tag.span("0")
            self <= Tag.button("more", _class="more", _onclick=self.more)
            self <= Tag.button("burst", _class="burst", _onclick=self.burst)
            self <= self.count

        def more(self, event: object) -> None:
            self.clicks += 1
            self.count.text = str(self.clicks)

        def burst(self, event: object) -> Iterator[None]:
            for number in range(PUSHES):
                self.count.text = LAST if number == PUSHES - 1 else str(number)
                yield


class Many(App):
    """As above, in the company of 300 other tags."""

    def init(self) -> None:
        super().init()
        self.table = Tag.div()
        for row in range(30):
            line = Tag.div(_class="row", _style="color:gray")
            for column in range(9):
                line += Tag.span(f"{row}, {column}", _class="cell")
            self.table += line
        self += self.table


class Table(Many):
    """Each click changes the table, so that all of it is rendered."""

    def more(self, *event: object) -> None:
        super().more(*event)
        self.table["title"] = str(self.clicks)
