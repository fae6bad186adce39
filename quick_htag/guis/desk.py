"""What an instance does for the helpers of apps (``quick_htag.gui``): asks, tells, calls back.

Rules of this file: nothing of an app runs here but by ``run``, as if a page had an event; answers
are taken on the thread that brings them, so that a handler may block until there is one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from ..messages.upload import Upload
    from .pages import PageTable
    from .services import Services
    from .transfers import Transfers

MESSAGE = "helper"  # the key of our messages, both ways

_current: ContextVar[DeskOwner | None] = ContextVar("quick_htag_desk", default=None)


class DeskOwner(Protocol):
    """Has the desk of an instance, which it may make when it is asked for it. Any thread."""

    @property
    def desk(self) -> Desk:
        """The desk."""


def enter_desk(owner: DeskOwner) -> None:
    """What this task does from now on, and what it starts, is code of the instance."""
    _current.set(owner)


def current_desk() -> Desk | None:
    """That of the instance whose code the caller is; None on plain threads."""
    owner = _current.get()
    return None if owner is None else owner.desk


class Field(Protocol):
    """What takes files of a page. Any thread."""

    max_size: int | None
    """Bytes of the largest file; None: what the server takes."""

    def take(self, upload: Upload, page: str) -> bool:
        """A file has arrived from a page; False: the app has ended."""

    def begun(self, name: str, filename: str, page: str) -> None:
        """A page is about to send a file; ``name`` is that of the upload."""


class Question:
    """What a page was asked.

    Attributes:
        id: its number.
        page: the page that it is for; None: no page is.
        shown: the pages that were told of it, and may still show it.
        text: the message, as JSON.
        answer: gets what the page answers; cancelled: nobody wants to know any more.

    """

    def __init__(self, number: int, page: str | None, message: Mapping[str, Any]) -> None:
        self.id = number
        self.page = page
        self.shown: set[str] = set()
        self.text = json.dumps({MESSAGE: {"ask": {**message, "id": number}}})
        self.answer: Future[Any] = Future()


def _nobody() -> str | None:
    return None


class Desk:
    """Of one instance. Any thread, nothing waits.

    Args:
        services: what the host gives.
        pages: of the instance.
        transfers: files and uploads.
        send: sends a payload, and others to single pages; whether any page got it.
        start: has a function of the app called soon, for a page; whether the instance lives.
        asker: the page whose event the caller handles; None: no event of a page.
        waiting: a block in which the app waits for its visitor, which is no sign of being stuck.
        isolation: where the instance runs.
        owner: names the session.
        client: what the address of the visitor counts as, see ``max_jobs_per_address``.

    Attributes:
        asker: as above.
        client: as above.
        isolation: as above.
        owner: as above.
        run: as ``start`` above.
        transfers: as above.
        waiting: as above.

    """

    def __init__(
        self,
        services: Services,
        pages: PageTable,
        transfers: Transfers,
        send: Callable[[str, Mapping[str, str]], bool],
        start: Callable[[Callable[[], Any], str | None], bool],
        asker: Callable[[], str | None] = _nobody,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
        isolation: str = "thread",
        owner: str | None = None,
        client: str = "",
    ) -> None:
        self.run = start
        self.asker = asker
        self.isolation = isolation
        self.owner = owner
        self.client = client
        self.transfers = transfers
        self.waiting = waiting
        self._services = services
        self._pages = pages
        self._send = send
        self._lock = threading.Lock()  # guards everything below
        self._fields: WeakValueDictionary[str, Field] | None = None
        self._questions: dict[int, Question] = {}
        self._asked = 0  # how many there were
        self._endings: dict[object, Callable[[], object]] = {}
        self._over = False

    @property
    def fields(self) -> WeakValueDictionary[str, Field]:
        """What takes files of a page, by secret names; most apps have none."""
        with self._lock:
            if self._fields is None:
                self._fields = WeakValueDictionary()
            return self._fields

    @property
    def later(self) -> Callable[[float, Callable[[], object]], Callable[[], None]]:
        """Calls a function after some seconds, on the sidecar; the value undoes it."""
        return self._services.timer.call_later

    @property
    def jobs(self) -> Callable[[], Any]:
        """Gives what runs jobs."""
        return self._services.jobs

    @property
    def topics(self) -> Callable[[], Any]:
        """Gives the topics."""
        return self._services.topics

    # -- telling and asking ------------------------------------------------------------------------

    def tell(self, message: Mapping[str, Any]) -> bool:
        """Tell the page whose event is handled; without one, all pages."""
        text, asker = json.dumps({MESSAGE: message}), self.asker()
        page = None if asker is None else self._pages.addressee(asker)
        return self._send(text, {}) if page is None else self._tell_some({page: text})

    def _tell_some(self, texts: Mapping[str, str]) -> bool:
        return self._send(json.dumps({MESSAGE: None}), texts)

    def _show(self, question: Question, page: str) -> None:
        with self._lock:
            question.page = page
            question.shown.add(page)
        self._tell_some({page: question.text})

    def ask(self, message: Mapping[str, Any], seconds: float) -> Question:
        """Ask the page whose event is handled; without one, the one used last.

        A page that goes while its question is open leaves it to one that was loaded after it, or to
        the next that connects. One that was loaded again may connect before it has gone.

        Args:
            message: what it shows.
            seconds: after which, or at the end of the instance, the question is withdrawn and its
                answer cancelled.

        """
        page = self._pages.addressee(self.asker())
        with self._lock:
            over, self._asked = self._over, self._asked + 1
            question = Question(self._asked, page, message)
            if not over:
                self._questions[question.id] = question
        if over:
            question.answer.cancel()
            return question
        stop = self.later(seconds, question.answer.cancel)

        def settled(_: object) -> None:
            stop()
            self._settled(question)

        question.answer.add_done_callback(settled)
        if page is not None:
            self._show(question, page)
        return question

    def _settled(self, question: Question) -> None:
        """Nobody is asked any more: the pages that show it take it away."""
        with self._lock:
            self._questions.pop(question.id, None)
            pages = set() if self._over else question.shown
        if pages:
            text = json.dumps({MESSAGE: {"over": question.id}})
            self._tell_some(dict.fromkeys(pages, text))

    def connected(self, page: str) -> None:
        """A page has connected: it shows its questions, and those of pages that are gone."""
        with self._lock:
            open_ones = list(self._questions.values())
        for question in open_ones:
            if question.page == page or not self._pages.is_connected(question.page):
                self._show(question, page)

    def disconnected(self, page: str) -> None:
        """A page is not connected any more: its questions go to the one it was loaded again as."""
        with self._lock:
            left = [one for one in self._questions.values() if one.page == page]
        heir = self._pages.addressee(page) if left else None
        if heir is not None and heir != page:
            for question in left:
                self._show(question, heir)

    def received(self, page: str, message: Any) -> None:
        """A page has said something to us; what makes no sense is passed over."""
        kind, values = next(iter(message.items())) if _is_message(message) else ("", [])
        if kind == "answer" and len(values) == 2:
            with self._lock:  # taken out, since another page may answer it, too
                known = type(values[0]) is int
                question = self._questions.pop(values[0], None) if known else None
                if question is not None:
                    question.shown.discard(page)
            if question is not None and question.answer.set_running_or_notify_cancel():
                question.answer.set_result(values[1])
        elif kind == "upload" and len(values) == 3 and all(isinstance(one, str) for one in values):
            field = self.fields.get(values[0])
            if field is not None:
                field.begun(values[1], values[2], page)

    # -- the end -----------------------------------------------------------------------------------

    def at_end(self, function: Callable[[], object]) -> Callable[[], None]:
        """Call a function at the end of the instance, or now if it is over; the value undoes it."""
        key = object()
        with self._lock:
            over = self._over
            if not over:
                self._endings[key] = function
        if over:
            function()

        def undo() -> None:
            with self._lock:
                self._endings.pop(key, None)

        return undo

    def end(self) -> None:
        """Nobody answers any more; safe to call twice."""
        with self._lock:
            self._over = True
            questions, self._questions = list(self._questions.values()), {}
            endings, self._endings = list(self._endings.values()), {}
        for question in questions:
            question.answer.cancel()
        for ending in endings:
            ending()


def _is_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and len(message) == 1
        and all(isinstance(values, list) for values in message.values())
    )
