"""The process of one visitor, or one that waits for a visitor, as a server has it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ..deadline import monotonic
from ..errors import AppFailed, StoreError
from ..guis.instance import STUCK
from ..logs import ERR_SOURCE_GUI
from .greeting import PROTOCOL
from .link import Link, LinkLost, Refused, Talk, Value
from .session_desk import SessionDesk, told_session

if TYPE_CHECKING:
    from ..stores.session import Session
    from .launch import AppProcess
    from .services import ProcessServices

CRASHED: Final = (4005, "the process of the app has ended")

_MARGIN: Final = 2.0  # seconds more than a handler may take; the process itself is the first to act
_SILENCE: Final = 5.0  # seconds in which a process says that it lives
_REAPED: Final = 5.0  # seconds from the end of the connection to that of the process
_ASSIGN: Final = 10.0  # seconds to take a visitor


class Seat:
    """One process; a ``link.Server``. Any thread, unless noted.

    Args:
        services: what all of them share.
        name: of the app, for logs.
        process: the process; None: another server has started it.
        gone: told once that the process is of no use any more.
        on_exit: called after the app has ended itself.
        patience: seconds a handler may be silent; None: any time.

    Attributes:
        farewell: close code and reason for pages when the connection is lost.
        process: as above.
        session: whose it is; None: nobody's yet.
        address: where other servers find it; of a process that is ready.
        major: of its htag; of a process that is ready.
        pages: how many pages are connected.
        ever_connected: whether a page was.
        opening: how many pages are being rendered.
        created: monotonic time in seconds.
        network: what the address of its visitor counts as.
        pinned: the session it keeps in use.

    """

    def __init__(
        self,
        services: ProcessServices,
        name: str,
        process: AppProcess | None,
        gone: Callable[[Seat], object],
        on_exit: Callable[[], object] | None = None,
        patience: float | None = None,
    ) -> None:
        self.process = process
        self.session: Session | None = None
        self.address: list[object] = []
        self.farewell = CRASHED
        self.major = 0
        self.pages = 0
        self.ever_connected = False
        self.opening = 0
        self.network = ""
        self.pinned: Session | None = None
        self.created = monotonic()
        self.name = name
        self._services = services
        self._gone = gone
        self._on_exit = on_exit
        self._patience = patience
        self._lock = threading.Lock()  # guards _leaving, _over and _watching (writes)
        self._link: Link | None = None
        self._leaving = False  # it has said so, or was told to
        self._over = False
        self._failure: tuple[str, str] | None = None  # a text and a traceback
        self._settled = threading.Event()  # it is ready, or will never be
        self._followed: dict[str, Callable[[], object]] = {}  # leave uploads, by name
        self._watching = False
        self._said = 0.0  # monotonic time at which a page said something last
        self._desk = SessionDesk(
            self._whose, services.executor, services.sessions.remove, self._fail
        )

    # -- its life ----------------------------------------------------------------------------------

    @property
    def usable(self) -> bool:
        """Whether it can be asked."""
        return not self._over and not self._leaving and self._link is not None

    @property
    def left(self) -> bool:
        """Whether it has ended, or ends, because it was to."""
        return self._leaving

    @property
    def link(self) -> Link:
        """The connection.

        Raises:
            LinkLost: there is none.

        """
        if self._link is None:
            raise LinkLost("the process has not connected")
        return self._link

    def join(self, link: Link) -> None:
        """It has connected."""
        self._link = link

    def wait_ready(self, timeout: float) -> None:
        """Wait until it has loaded its app.

        Raises:
            AppFailed: it will not.

        """
        end = monotonic() + timeout
        # Only what is connected tells of its end; a process that does not even get there is looked
        # at. This is over within a second or so.
        while not self._settled.wait(0.05):
            if self._link is None and self.process is not None and not self.process.is_alive():
                self._failure = self._failure or (self.process.ending(), "")
                break
            if monotonic() > end:
                self._failure = (f"it was not ready after {timeout:g} s", "")
                break
        if self._failure is not None:
            text, trace = self._failure
            self.kill()
            raise AppFailed(f"the process of {self.name} cannot be used: {text}", trace)

    def settled(self) -> bool:
        """Whether it is ready, or will never be."""
        return self._settled.is_set()

    def assign(self, session: Session) -> None:
        """Give it to a visitor.

        Raises:
            LinkLost: it has ended.

        """
        self.session = session
        try:
            self.link.ask("assign", _ASSIGN, **told_session(session))
        except (Refused, TimeoutError) as error:
            raise LinkLost(str(error)) from error

    def stop(self, timeout: float, reason: tuple[int, str]) -> None:
        """Have it end, and tell its pages why. Does not wait."""
        with self._lock:
            self._leaving = True
        self.farewell = reason
        if self._link is not None:
            self._link.note("stop", timeout=timeout, code=reason[0], reason=reason[1])
        else:  # it has nothing to lose yet
            self.kill()

    def session_ended(self, reason: str) -> None:
        """The session is over."""
        if self._link is not None:
            self._link.note("ended", reason=reason)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
        if self._link is not None:
            self._link.close()

    def _whose(self) -> Session:
        if self.session is None:
            raise ValueError("it is nobody's")
        return self.session

    # -- a visitor waits for it --------------------------------------------------------------------

    def watch(self) -> None:
        """A page has said something: the process must show that it lives."""
        if self._patience is None:
            return
        self._said = monotonic()
        with self._lock:
            if self._watching:
                return
            self._watching = True
        self._services.timer.call_later(self._patience + _MARGIN, self._look)

    def _look(self) -> None:
        link = self._link
        if link is None or self._over or link.heard >= self._said:
            with self._lock:
                self._watching = False
            return
        asked = monotonic()
        link.start("alive")
        self._services.timer.call_later(_SILENCE, lambda: self._judge(asked))

    def _judge(self, asked: float) -> None:
        with self._lock:
            self._watching = False
        if self._link is None or self._over or self._link.heard >= asked:
            return
        limit = f"{self._patience} s and more"
        text = f"{self.name}: its process has shown no sign of life for {limit} and is killed"
        self._services.log.error(ERR_SOURCE_GUI, text)
        self.farewell = STUCK
        with self._lock:
            self._leaving = True
        self.kill()

    # -- the process says something; on the thread of the hub --------------------------------------

    def asked(self, link: Link, talk: int, name: str, value: Value) -> Talk | None:
        """Answer; see ``link.Server``."""
        if name == "begun":
            self._submit(lambda: self._answer_begun(link, talk, value))
            return None
        return self._desk.asked(link, talk, name, value)

    def _answer_begun(self, link: Link, talk: int, value: Value) -> None:
        try:
            new = self._services.begun.begin(self._whose().uid, value["page"], int(value["number"]))
        except StoreError as error:
            link.refuse(talk, "store", str(error))
        else:
            link.end(talk, new=new)

    def noted(self, link: Link, name: str, value: Value) -> None:
        """Take note; see ``link.Server``."""
        notes: dict[str, Callable[[Value], object]] = {
            "ready": self._ready,
            "failed": self._failed,
            "log": self._write,
            "begun": self._begun,
            "exit": lambda _: self._exit(),
            "pages": self._count_pages,
            "follow": self._follow,
            "unfollow": lambda told: self._unfollow(str(told["upload"])),
            "leaves": lambda _: self._leaves(),
            "session prolong": lambda _: self._desk.prolong(),
        }
        found = notes.get(name)
        if found is not None:
            found(value)

    def _ready(self, value: Value) -> None:
        if value["protocol"] != PROTOCOL:
            self._failure = (f"it speaks version {value['protocol']}, not {PROTOCOL}", "")
        self.address, self.major = list(value["address"]), int(value.get("htag", 0))
        self._settled.set()

    def _failed(self, value: Value) -> None:
        self._failure = (str(value["text"]), str(value["trace"]))
        self._settled.set()

    def _write(self, value: Value) -> None:
        kind, text = value["kind"], str(value["text"])
        log = self._services.log
        if kind == "error":
            log.error(str(value["source"]), text)
        elif kind == "message":
            log.message(text)

    def _begun(self, value: Value) -> None:
        """In order, and without asking a store that takes its time: see ``RemoteBegun``."""
        self._services.begun.begin(self._whose().uid, str(value["page"]), int(value["number"]))

    def _exit(self) -> None:
        if self._on_exit is not None:
            self._submit(self._on_exit)

    def _count_pages(self, value: Value) -> None:
        self.pages = int(value["count"])
        self.ever_connected = self.ever_connected or self.pages > 0
        self._services.changed()

    def _follow(self, value: Value) -> None:
        name = str(value["upload"])
        link = self.link

        def told(progress: Any) -> None:
            fields = {one: getattr(progress, one) for one in ("received", "total", "state")}
            link.note("progress", upload=name, **fields)

        if name not in self._followed:
            self._followed[name] = self._services.uploads.follow(name, told)

    def _unfollow(self, name: str) -> None:
        leave = self._followed.pop(name, None)
        if leave is not None:
            leave()

    def _leaves(self) -> None:
        with self._lock:
            self._leaving = True

    def lost(self, link: Link) -> None:
        """It has ended, or has hung up, which is the same; see ``link.Server``."""
        with self._lock:
            if self._over:
                return
            self._over = True
            left = self._leaving
        for leave in self._followed.values():
            leave()
        self._followed.clear()
        self.pages = 0
        if self._failure is None and not self.settled():
            self._failure = ("it has ended while it loaded the app", "")
        self._settled.set()
        self._gone(self)
        self._submit(lambda: self._reap(left))

    def _reap(self, left: bool) -> None:
        """See to it that nothing of the process remains, and tell what has happened."""
        process = self.process
        if process is None:
            return
        if not process.wait(_REAPED):
            process.kill()
            process.wait(_REAPED)
        process.kill()  # what it has started
        if not left and self.session is not None:
            text = f"{self.name} of session {self.session.short_id}: its process {process.pid}"
            self._services.log.error(ERR_SOURCE_GUI, f"{text} has ended: {process.ending()}")

    def _submit(self, work: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the server stops
            self._services.executor.submit(work)

    def _fail(self, text: str, error: BaseException) -> None:
        self._services.log.error(ERR_SOURCE_GUI, f"{self.name}: {text}", error)
