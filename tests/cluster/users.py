"""Users of the example's app, each with a websocket, who come back when they are cut off."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import random
import re
import time
from typing import Any

import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

PAUSE = 1.0  # seconds between two clicks, about
ANSWER = 30.0  # seconds for a page or an answer
AGAIN = 0.1  # seconds until the next attempt


class User:
    """One visitor.

    Attributes:
        sent: clicks sent.
        done: clicks that a server has said to be done.
        shown: clicks that the last page showed when it came.
        returns: seconds from each cut until the first click was done again.
        port: of the server of the last page.

    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent = self.done = self.shown = 0
        self.returns: list[float] = []
        self.cuts = 0
        self._visitor = requests.Session()
        self._cut: float | None = None
        self.served = asyncio.Event()

    async def live(self, stop: asyncio.Event) -> None:
        """Click until it is time, whatever happens to the servers."""
        while not stop.is_set():
            with contextlib.suppress(ConnectionClosed, InvalidHandshake, OSError):
                await self._one_page(stop)
            if not stop.is_set():
                if self._cut is None:
                    self._cut, self.cuts = time.monotonic(), self.cuts + 1
                await asyncio.sleep(AGAIN)
        self._visitor.close()

    async def _one_page(self, stop: asyncio.Event) -> None:
        page = await asyncio.to_thread(self._load)
        if page is None:
            return
        config = json.loads(re.findall(r"quick_htag_page=(\{.*?\})</script>", page)[0])
        cookie = "; ".join(f"{one.name}={one.value}" for one in self._visitor.cookies)
        address = self.url.replace("http", "ws", 1)
        async with connect(
            f"{address}ws?page={config['page']}&seen={config['seen']}",
            origin=self.url.rstrip("/"),  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie},
            compression=None,
        ) as socket:
            number = 0
            while not stop.is_set():
                number += 1
                await self._click(socket, number, _event(page))
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE * random.uniform(0.5, 1.5))

    def _load(self) -> str | None:
        try:
            answer = self._visitor.get(self.url, timeout=ANSWER)
        except requests.RequestException:
            return None
        if answer.status_code != 200:
            return None
        self.shown = int(re.findall(r'class="clicks"[^>]*>(\d+)<', answer.text)[0])
        return answer.text

    async def _click(self, socket: ClientConnection, number: int, payload: Any) -> None:
        self.sent += 1
        await socket.send(json.dumps({"n": number, "p": payload}))
        async with asyncio.timeout(ANSWER) if hasattr(asyncio, "timeout") else _Nothing():
            while json.loads(await socket.recv()).get("done") != number:
                pass
        self.done += 1
        self.served.set()
        if self._cut is not None:
            self.returns.append(time.monotonic() - self._cut)
            self._cut = None


class _Nothing:
    """Python 3.10 has no ``asyncio.timeout``."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        pass


def _event(page: str) -> Any:
    """What a click on "click" sends, with either htag."""
    tag = re.findall(r'<\w+ [^>]*class="more"[^>]*>', page)[0]
    if found := re.search(r"htag_event\('([^']+)', ?'(\w+)'", html.unescape(tag)):
        return {"id": found[1], "event": found[2], "data": {"callback_id": "c"}}
    text = html.unescape(tag).replace("jevent(event)", "{}")
    return json.loads(re.findall(r"interact\( ({.*?}) \)", text)[0])
