"""Promises about what pages of htag apps may say, and websockets of the user's own."""

from __future__ import annotations

import importlib
import io
import json
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

from quick_htag import MessageLog, Settings, create_server
from quick_htag.cipher import TO_SERVER, Cipher
from quick_htag.testing import PageClosed, TestClient

LIVE_APPS = Path(__file__).resolve().parents[1] / "live_apps"
TIMEOUT = 30.0  # seconds
NAMES = """launch _private _hidden reset init __init__ __on__ clear vault __class__ render exit
    click typed __on_event__ call_js secret"""  # of methods, callbacks and attributes
SETTINGS = Settings(max_event_rate=0.0, max_pending_events=100_000)


class Trap:
    """A server with the trap app, in the clear and encrypted, and a page of each.

    Attributes:
        ids: of the tags in the page, as it has them.
        names: of methods and callbacks that are there, given to the page or not.

    """

    def __init__(self) -> None:
        import htag

        if str(LIVE_APPS) not in sys.path:
            sys.path.insert(0, str(LIVE_APPS))
        self.major = 2 if hasattr(htag, "State") else 1
        self.app = importlib.import_module(f"trap_htag{self.major}")
        self.stream = io.StringIO()
        self.server = create_server(("", 0), settings=SETTINGS, log=MessageLog(self.stream))
        self.server.bind_htag("/", self.app.App)
        self.server.bind_htag("/sealed", self.app.App, parano=True)
        self._pages: dict[str, Any] = {}
        self._visitor = TestClient(self.server.app)
        html = self.page("/").html
        texts = re.findall(r'id="?([0-9A-Za-z_\-]+)', html) + re.findall(r"\b([0-9]{9,})\b", html)
        self.ids: list[Any] = sorted(
            {*texts, *(int(one) for one in texts if one.isdigit())}, key=str
        )
        self.names = NAMES.split()

    def page(self, path: str) -> Any:
        """An open page, a new one if the last was closed."""
        page = self._pages.get(path)
        if page is None:
            page = self._pages[path] = Line(self._visitor, path)
        return page

    def check(self, path: str, message: Any) -> None:
        """Whatever a page sends, nothing runs that it was not given; it goes on or is closed."""
        page = self.page(path)
        try:
            page.raw(message)
            page.click()
        except PageClosed as closed:
            assert closed.code in (1008, 1009, 1013), closed
            del self._pages[path]
        assert self.app.SPRUNG == []
        log = self.stream.getvalue()
        assert "Traceback" not in log, log
        self.stream.seek(0)
        self.stream.truncate()

    def event(self, path: str, payload: Any) -> None:
        """The same for an event of the right form with this payload."""
        self.check(path, self.page(path).envelope(payload))

    def post(self, way: str, query: str, body: bytes) -> None:
        """Whatever is posted to a page, it is answered; nothing runs that it was not given."""
        page = self.page("/")
        target = f"/{way}?page={page.token}{query}"
        origin = {"origin": "http://localhost"}
        answer = page.client.request("POST", target, origin, data=body)
        assert answer.status in (200, 400, 404, 413), (answer.status, answer.text)
        if answer.status == 200:
            answer.json()
        self._pages.pop("/").socket.drop()  # its events are out of order now
        assert self.app.SPRUNG == []
        assert "Traceback" not in self.stream.getvalue()

    def close(self) -> None:
        """End the server."""
        for page in self._pages.values():
            page.socket.drop()
        self.server.server_close()


class Line:
    """One page, and its line to the server."""

    def __init__(self, client: TestClient, path: str) -> None:
        self.client = client
        self.html = client.get(path).text
        found = re.search(r"quick_htag_page=(\{.*?\})</script>", self.html)
        assert found is not None
        config = json.loads(found[1])
        self.token = config["page"]
        self.cipher = None
        if "password" in config:
            self.cipher = Cipher(config["password"], config["page"], TO_SERVER)
        query = f"page={config['page']}&seen={config['seen']}"
        self.socket = client.websocket(f"{path.rstrip('/')}/ws?{query}")
        self._payload = click_of(self.html)
        self._sent = 0

    def envelope(self, payload: Any) -> str:
        """A message with the next number."""
        return json.dumps({"n": self._sent + 1, "p": payload})

    def raw(self, message: str | bytes) -> None:
        """Send a message as it is; if it is a proper event, its number is used up."""
        self.socket.send(message)
        if self.cipher is not None or not isinstance(message, str):
            return
        try:
            value = json.loads(message)
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict) and value.get("n") == self._sent + 1:
            self._sent += 1

    def click(self) -> None:
        """A real click, which is handled."""
        self._sent += 1
        text = json.dumps({"n": self._sent, "p": self._payload})
        self.socket.send(self.cipher.seal(text) if self.cipher else text)
        done = 0
        while done != self._sent:
            message = str(self.socket.receive(TIMEOUT))
            text = self.cipher.open(message) if self.cipher else message
            done = json.loads(text).get("done", done)


def click_of(html: str) -> Any:
    """The payload of a click on the button."""
    found = re.search(r'<button [^>]*class="?more"?[^>]*>', html)
    assert found is not None
    htag2 = re.search(r"htag_event\('([^']+)', '(\w+)'", found[0])
    if htag2:
        return {"id": htag2[1], "event": htag2[2], "data": {"callback_id": "c"}}
    htag1 = re.search(r"interact\( (\{.*?\}) \)", unescape(found[0]))
    assert htag1 is not None
    return json.loads(htag1[1].replace("jevent(event)", "{}"))
