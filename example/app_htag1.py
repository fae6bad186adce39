"""The page for htag 1."""

from __future__ import annotations

import asyncio
from pathlib import Path

import view
from finder import Finder
from htag import Tag
from monitor import INTERVAL, MONITOR


class App(Tag.body):
    statics = (
        Tag.title(view.TITLE),
        Tag.link(_rel="stylesheet", _href="/static/style.css"),
        Tag.link(_rel="icon", _href="/static/icon.svg"),
    )
    imports = ()  # only our own statics, however many other apps there are in this process

    def init(self) -> None:
        self.finder = Finder(self.show)
        self.header = Tag.header()
        self.cards = Tag.section(_class="cards")
        self.chart = Tag.div(_class="chart")
        self.answer = Tag.div(_class="answer", _aria_live="polite")
        form = Tag.form(
            _onsubmit="event.preventDefault();" + self.bind.search(b"this.folder.value")
        )
        form += Tag.input(_name="folder", _value=str(Path.home()), **view.ENTRY)
        form += Tag.button("Search", _type="submit")
        form += Tag.button("Stop", _type="button", _class="stop", _onclick=self.bind.stop())
        history = Tag.div([Tag.h2("History"), view.LEGEND], _class="title")
        self += Tag.main(
            [
                self.header,
                self.cards,
                Tag.section([history, self.chart], _class="card"),
                Tag.section([Tag.h2("Largest files"), form, self.answer], _class="card"),
            ]
        )
        self.show_figures()
        self.ticking = asyncio.ensure_future(self.tick())

    def show_figures(self) -> None:
        """Fill the parts that move; the form is none of them, so typing goes on undisturbed."""
        self.header.clear(view.head(MONITOR.now))
        self.cards.clear(view.cards(MONITOR.now))
        self.chart.clear(view.chart(MONITOR.history))

    # -- push: once a second, without anybody asking ----------------------------------------------
    async def tick(self) -> None:
        going = True
        while going:
            await asyncio.sleep(INTERVAL)
            self.show_figures()
            for part in (self.header, self.cards, self.chart):
                going = await part.update()  # False: nobody is there any more

    # -- events -----------------------------------------------------------------------------------
    def search(self, folder: str) -> None:
        self.finder.start(folder)

    async def stop(self) -> None:
        await self.finder.stop()

    async def show(self, html: str) -> None:
        self.answer.clear(html)
        await self.answer.update()
