"""The page for htag 2."""

from __future__ import annotations

import asyncio
from pathlib import Path

import view
from finder import Finder
from htag import HTML, Tag, prevent
from monitor import INTERVAL, MONITOR


class App(Tag.App):
    statics = (
        Tag.title(view.TITLE),
        Tag.link(_rel="stylesheet", _href="/static/style.css"),
        Tag.link(_rel="icon", _href="/static/icon.svg"),
    )

    def init(self) -> None:
        self.finder = Finder(self.show)
        self.header = Tag.header()
        self.cards = Tag.section(_class="cards")
        self.chart = Tag.div(_class="chart")
        self.answer = Tag.div(_class="answer", _aria_live="polite")
        form = Tag.form(
            Tag.input(_name="folder", _value=str(Path.home()), **view.ENTRY),
            Tag.button("Search", _type="submit"),
            Tag.button("Stop", _type="button", _class="stop", _onclick=self.stop),
            _onsubmit=prevent(self.search),
        )
        history = Tag.div(Tag.h2("History"), HTML(view.LEGEND), _class="title")
        self += Tag.main(
            self.header,
            self.cards,
            Tag.section(history, self.chart, _class="card"),
            Tag.section(Tag.h2("Largest files"), form, self.answer, _class="card"),
        )
        self.show_figures()

    def show_figures(self) -> None:
        """Fill the parts that move; the form is none of them, so typing goes on undisturbed."""
        self.header.clear(HTML(view.head(MONITOR.now)))
        self.cards.clear(HTML(view.cards(MONITOR.now)))
        self.chart.clear(HTML(view.chart(MONITOR.history)))

    # -- push: once a second, without anybody asking ----------------------------------------------
    def on_mount(self) -> None:
        self.ticking = asyncio.create_task(self.tick())

    def on_unmount(self) -> None:
        self.ticking.cancel()

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            self.show_figures()
            self.update()

    # -- events -----------------------------------------------------------------------------------
    def search(self, event) -> None:
        self.finder.start(event.value["folder"])

    async def stop(self, event) -> None:
        await self.finder.stop()

    async def show(self, html: str) -> None:
        self.answer.clear(HTML(html))
        self.update()
