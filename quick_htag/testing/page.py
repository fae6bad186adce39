"""A page of an htag app without a browser: what it shows, and what a visitor does with it."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..cipher import TO_SERVER, Cipher
from .client import FileEntry, TestClient, TestResponse
from .dom import Document, Element, parse
from .events import payloads
from .helpers import PageHelpers, Question
from .socket import PageClosed

if TYPE_CHECKING:
    from ..server import QuickServer

TIMEOUT: Final = 5.0  # seconds a step may take
_CONFIG: Final = re.compile(r"quick_htag_page=(\{.*?\})</script>")
_BODY: Final = "0"  # the key of htag 1 for the whole body


class Connection(Protocol):
    """What carries the messages of a page."""

    def send(self, message: str) -> None:
        """Send one."""

    def receive(self, timeout: float) -> str | bytes:
        """The next one; ``TimeoutError`` without one, ``PageClosed`` at the end."""

    def drop(self) -> None:
        """Lose the connection."""


class GuiPage:
    """One page load of an app. To be used on one thread.

    Every step waits until the app has handled it and its changes are in ``document``.

    Args:
        client: the visitor, with the session cookie.
        path: of the app, with its query.
        connect: gives a connection to an address below the page; None: in this process.

    Attributes:
        document: the page as it is now.
        scripts: the JavaScript the app has sent to be run, in order.
        errors: what the app has reported as failed, in order.
        offers: addresses of what the app has offered to save, until ``download`` fetches it.
        notices: what ``gui.notify`` has shown, in order.
        answers: for dialogs to come, given as soon as they are there; for handlers that wait.
        javascript: values of expressions that handlers of htag 1 have in their arguments.

    Raises:
        AssertionError: the page could not be opened.

    """

    def __init__(
        self,
        client: TestClient,
        path: str = "/",
        connect: Callable[[str], Connection] | None = None,
    ) -> None:
        self._client = client
        self._path = path.partition("?")[0].rstrip("/")
        self._connect = connect or client.websocket
        answer = client.get(path)
        assert answer.status == 200, f"GET {path} was answered {answer.status}: {answer.text[:500]}"
        config = _CONFIG.search(answer.text)
        assert config is not None, f"{path} is no page of an app"
        self._config = json.loads(config[1])
        self.document = Document(answer.text)
        self.scripts: list[str] = []
        self.errors: list[str] = []
        self.offers: list[str] = []
        self.javascript: dict[str, Any] = {}
        password = self._config.get("password")
        page = self._config["page"]
        self._cipher = None if password is None else Cipher(password, page, TO_SERVER)
        self._helpers = PageHelpers(self._tell)
        self.notices = self._helpers.notices
        self.answers = self._helpers.answers
        self._seen: int = self._config["seen"]
        self._sent = 0
        self._done: set[int] = set()  # numbers of events that were handled
        self._connection: Connection | None = None
        if self._config["script"]:
            self.scripts.append(self._config["script"])
        self.connect()

    # -- the connection ----------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect, again if the connection was dropped: what was missed arrives now."""
        query = f"page={self._config['page']}&seen={self._seen}"
        self._connection = self._connect(f"{self._path}/ws?{query}")
        self._receive(TIMEOUT)

    def drop(self) -> None:
        """Lose the connection, as when the network goes."""
        if self._connection is not None:
            self._connection.drop()
            self._connection = None

    def close(self) -> None:
        """Leave the page. Safe to call twice."""
        self.drop()

    def __enter__(self) -> GuiPage:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # -- looking -----------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What a reader sees of the page now."""
        return self.document.body.text

    def find(self, selector: str, text: str | None = None) -> Element:
        """The only element that a selector selects, see ``selectors``.

        Args:
            selector: the selector.
            text: its text is this, or contains it when there is none whose text is.

        Raises:
            AssertionError: there is none, or more than one.

        """
        found = self.document.select(selector)
        if text is not None:
            containing = [one for one in found if text in one.text]
            found = [one for one in containing if text == one.text] or containing
        wanted = selector if text is None else f"{selector} with {text!r}"
        assert len(found) == 1, f"{len(found)} elements are {wanted} in {self.document.body.html}"
        return found[0]

    # -- doing -------------------------------------------------------------------------------------

    def click(self, selector: str, text: str | None = None) -> None:
        """Click an element; a checkbox or radio button changes, a submit button sends its form.

        Raises:
            AssertionError: it is not there, nothing happens, or the app has failed.

        """
        element = self.find(selector, text)
        kind = element.get("type")
        if kind in ("checkbox", "radio"):
            element.checked = kind == "radio" or not element.checked
            self._happen(element, ("click", "input", "change"))
            return
        sends = (element.tag == "button" and kind in (None, "submit")) or kind == "submit"
        form = next((one for one in element.ancestors() if one.tag == "form"), None)
        events = list(self._payloads(element, "click", {}))
        if sends and form is not None:
            events += self._payloads(form, "submit", {})
        self._send_all(element, "click", events)

    def type(self, selector: str, text: str) -> None:
        """Write into a field, in place of what it has, and leave it.

        Raises:
            AssertionError: it is not there, nothing happens, or the app has failed.

        """
        element = self.find(selector)
        element.value = text
        self._happen(element, ("input", "change"))

    def trigger(self, selector: str, event: str, **data: Any) -> None:
        """Let an event happen at an element: ``page.trigger("input", "keyup", key="Enter")``.

        Raises:
            AssertionError: it is not there, nothing listens to it, or the app has failed.

        """
        self._happen(self.find(selector), (event,), **data)

    def upload(self, selector: str, *files: FileEntry, text: str | None = None) -> None:
        """Choose files in a ``gui.UploadField``, and wait until they were sent.

        The app gets each in its turn; wait for what it then shows.

        Args:
            selector: of the field.
            files: content, or ``(filename, content)``, or ``(filename, content, content type)``.
            text: see ``find``.

        Raises:
            AssertionError: it is not there or takes no more, or the server has refused a file.

        """
        element = self.find(selector, text)
        key = element.get("data-key")
        assert key, f"{element.opening()} takes no files"
        assert "disabled" not in element.attributes, f"{element.opening()} is disabled"
        multiple = element.get("data-multiple") is not None
        assert multiple or len(files) < 2, f"{element.opening()} takes one file"
        for file in files:
            self._upload(key, file, follows=element.get("data-follow") is not None)

    def _upload(self, key: str, file: FileEntry, *, follows: bool) -> None:
        filename = file[0] if isinstance(file, tuple) else "file"
        query = f"page={self._config['page']}&field={key}"
        if follows:
            name = secrets.token_urlsafe(16)
            self._tell({"upload": [key, name, filename]})
            query += f"&upload={name}"
        answer = self._client.post(
            f"{self._path}/send-file?{query}", self._client.own_origin(), files={"file": file}
        )
        assert answer.status == 204, f"{filename} was answered {answer.status}: {answer.text[:500]}"

    def send(self, payload: dict[str, Any]) -> None:
        """Send a payload as it is, and wait until it was handled."""
        number = self._post(payload)
        self.wait_until(lambda: number in self._done)
        self._done.discard(number)

    def _post(self, payload: dict[str, Any]) -> int:
        """Send a payload; its number."""
        assert self._connection is not None, "the page is not connected"
        self._sent += 1
        text = json.dumps({"n": self._sent, "p": payload})
        self._connection.send(text if self._cipher is None else self._cipher.seal(text))
        return self._sent

    def _tell(self, message: dict[str, Any]) -> None:
        self._post({"helper": message})

    def wait_for(self, text: str, selector: str = "body", timeout: float = TIMEOUT) -> Element:
        """Wait until an element has a text in it, and give it.

        Raises:
            AssertionError: that did not happen in time.

        """

        def found() -> list[Element]:
            return [one for one in self.document.select(selector) if text in one.text]

        self.wait_until(lambda: bool(found()), timeout, f"{text!r} in {selector}")
        return found()[0]

    def wait_until(
        self, condition: Callable[[], bool], timeout: float = TIMEOUT, what: str = "it"
    ) -> None:
        """Take what the app sends until a condition holds.

        Raises:
            AssertionError: it did not hold in time, or the app has ended.

        """
        end = time.monotonic() + timeout
        while not condition():
            try:
                self._receive(max(end - time.monotonic(), 0.0))
            except TimeoutError:
                body = self.document.body.html
                raise AssertionError(f"waited {timeout} s for {what} in {body}") from None
            except PageClosed as error:
                raise AssertionError(f"waited for {what}, but the page was {error}") from error

    @property
    def questions(self) -> list[Question]:
        """The dialogs that wait for an answer; the first of them is the one that is shown."""
        return self._helpers.questions

    def answer(self, value: Any) -> None:
        """Answer the dialog that is shown: True or False, a text or None.

        Raises:
            AssertionError: there is none.

        """
        self._helpers.answer(value)

    def download(self) -> TestResponse:
        """Fetch what the app has offered to save, as a browser does at once; the oldest first.

        Raises:
            AssertionError: it has offered nothing.

        """
        assert self.offers, "the app has offered nothing to save"
        return self._client.get(self.offers.pop(0))

    # -- the messages ------------------------------------------------------------------------------

    def _happen(self, element: Element, events: tuple[str, ...], **data: Any) -> None:
        sent = [one for event in events for one in self._payloads(element, event, data)]
        self._send_all(element, "/".join(events), sent)

    def _payloads(
        self, element: Element, event: str, data: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        return payloads(element, event, data, self.javascript)

    def _send_all(self, element: Element, event: str, events: list[dict[str, Any]]) -> None:
        assert events, f"nothing listens to {event} at {element.opening()}"
        failed = len(self.errors)
        for payload in events:
            self.send(payload)
        assert len(self.errors) == failed, f"the app has failed: {self.errors[-1]}"

    def _receive(self, timeout: float) -> None:
        assert self._connection is not None, "the page is not connected"
        text = self._connection.receive(timeout)
        message = json.loads(text if self._cipher is None else self._cipher.open(str(text)))
        if "p" in message:
            self._applied(message)
        elif "done" in message:
            self._done.add(message["done"])

    def _applied(self, message: dict[str, Any]) -> None:
        if message["n"] <= self._seen and not message.get("full"):
            return
        self._seen = message["n"]
        payload = message["p"]
        self._helpers.take(payload.get("helper"))
        for key, html in (payload.get("updates") or payload.get("update") or {}).items():
            self._update(str(key), html)
        for key, html in payload.get("stream", {}).items():
            self._streamed(str(key), html)
        for html in payload.get("statics", ()):
            for head in self.document.select("head")[:1]:
                for child in parse(html):
                    head.append(child)
        self.scripts += [*payload.get("js", ()), *filter(None, [payload.get("post")])]
        if payload.get("save"):
            query = f"page={self._config['page']}&offer={payload['save']}"
            self.offers.append(f"{self._path}/offer?{query}")
        error = payload.get("err") or payload.get("traceback")
        if error is not None:
            self.errors.append(error)

    def _update(self, key: str, html: str) -> None:
        element = self.document.body if key == _BODY else self.document.by_id(key)
        if element is not None:  # else it has left the page in the meantime: a browser goes on too
            element.replace(parse(html))

    def _streamed(self, key: str, html: str) -> None:
        element = self.document.by_id(key)
        for child in parse(html) if element is not None else ():
            assert element is not None
            element.append(child)


@contextmanager
def open_app(app: Any, query: str = "", **options: Any) -> Iterator[GuiPage]:
    """A page of an app that is bound to a server of its own, which is never started.

    Args:
        app: as ``bind_htag`` takes it.
        query: of the page's address, without the question mark.
        options: as ``bind_htag`` takes them.

    """
    from ..server import create_server  # here: who tests routes only needs no server

    server: QuickServer
    with create_server(("127.0.0.1", 0)) as server:
        server.debug = True
        server.bind_htag("/", app, **options)
        with GuiPage(TestClient(server.app), f"/?{query}" if query else "/") as page:
            yield page
