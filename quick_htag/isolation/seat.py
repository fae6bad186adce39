"""The process of one visitor, or one that waits for a visitor, as a server has it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ..deadline import monotonic
from ..errors import AppFailed, StoreError
from ..logs import ERR_SOURCE_GUI
from .addresses import clear_away
from .anchors import too_late
from .greeting import PROTOCOL
from .life_watch import LifeWatch
from .link import Link, LinkLost, Refused, Talk, Value
from .session_desk import SessionDesk, told_session
from .topic_desk import TopicDesk

if TYPE_CHECKING:
    from ..stores.session import Session
    from .adopted import AdoptedProcess
    from .launch import AppProcess
    from .nursery import MadeProcess
    from .services import ProcessServices

CRASHED: Final = (4005, "the process of the app has ended")

_REAPED: Final = 5.0  # seconds from the end of the connection to that of the process
_ASSIGN: Final = 10.0  # seconds to take a visitor
_OF_A_VISITOR: Final = ("begun", "session prolong")  # of no use while he has not come here


class Seat:
    """One process; a ``link.Server``. Any thread, unless noted.

    Args:
        services: what all of them share.
        name: of the app, for logs.
        process: the process; None: another server has started it, and the system does not tell
            which it is.
        gone: told once that the process is of no use any more.
        on_exit: called after the app has ended itself.
        patience: seconds a handler may be silent; None: any time.

    Attributes:
        farewell: close code and reason for pages when the connection is lost.
        life: sees to it that it lives, and ends when it is to.
        process: as above.
        session: whose it is; None: nobody's yet.
        address: where other servers find it; of a process that is ready.
        major: of its htag; of a process that is ready.
        first: whether this server tells of it, of all that are connected to it.
        kept: this server keeps it alive until its visitor comes here.
        released: it goes on without this server.
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
        process: AppProcess | AdoptedProcess | MadeProcess | None,
        gone: Callable[[Seat], object],
        on_exit: Callable[[], object] | None = None,
        patience: float | None = None,
    ) -> None:
        self.process = process
        self.session: Session | None = None
        self.address: list[object] = []
        self.farewell = CRASHED
        self.major = 0
        self.first = False
        self.kept = False
        self.released = False
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
        self.life = LifeWatch(services.timer, patience, self._give_up)
        self._lock = threading.Lock()  # guards writes of pinned and of the three below
        self._link: Link | None = None
        self._leaving = False  # it has said so, or was told to
        self._over = False
        self._failure: tuple[str, str] | None = None  # a text and a traceback
        self._settled = threading.Event()  # it is ready, or will never be
        self._followed: dict[str, Callable[[], object]] = {}  # leave uploads, by name
        self._desk = SessionDesk(
            self._whose, services.executor, services.sessions.remove, self._fail
        )
        self._topics = TopicDesk(services.topics, services.executor, services.log)

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
    def visited(self) -> bool:
        """Whether it has a visitor."""
        return self.session is not None or self.kept

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
        self.life.begin(link)

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

    def pin(self, session: Session) -> bool:
        """Keep the session of its visitor in use as long as it lives; False: that has ended."""
        sessions = self._services.sessions
        if not sessions.pin(session):
            return False
        with self._lock:
            over = self._over
            if not over:
                self.pinned = session
        if over:  # meanwhile, and nobody tells of its end again
            sessions.unpin(session)
        return True

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
            self.life.insist(timeout)
        else:  # it has nothing to lose yet
            self.kill()

    def release(self, grace: float | None, reason: tuple[int, str]) -> None:
        """Do without it, and tell its pages here why: it goes on for other servers.

        Args:
            grace: seconds it waits for another one; None: as it was told at its start.
            reason: a close code and a text.

        """
        with self._lock:
            self._leaving = self.released = True
        self.farewell = reason
        if self._link is not None:
            self._link.note("released", grace=grace)
            self._link.close()

    def session_ended(self, reason: str) -> None:
        """The session is over."""
        if self._link is not None:
            self._link.note("ended", reason=reason)
            self.life.insist(self._services.settings.render_timeout)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
        if self._link is not None:
            self._link.close()
        else:  # there is no connection that would tell
            self._ended()

    def _give_up(self, why: str, farewell: tuple[int, str] | None = None) -> None:
        """It hangs; see ``GiveUp``."""
        self._services.log.error(ERR_SOURCE_GUI, f"{self.name}: its process {why} and is killed")
        if farewell is not None:
            self.farewell = farewell
        with self._lock:
            self._leaving = True
        self.kill()

    def _whose(self) -> Session:
        if self.session is None:
            raise ValueError("it is nobody's")
        return self.session

    # -- the process says something; on the thread of the hub --------------------------------------

    def asked(self, link: Link, talk: int, name: str, value: Value) -> Talk | None:
        """Answer; see ``link.Server``."""
        if name == "begun":
            self._submit(lambda: self._answer_begun(link, talk, value))
            return None
        if name in ("topics", "publish"):
            self._topics.asked(link, talk, name, value)
            return None
        return self._desk.asked(link, talk, name, value)

    def _answer_begun(self, link: Link, talk: int, value: Value) -> None:
        if too_late(value):
            return
        page, number, claim = value["page"], int(value["number"]), str(value.get("claim", ""))
        try:
            new = self._services.begun.begin(self._whose().uid, page, number, claim)
        except StoreError as error:
            link.refuse(talk, "store", str(error))
        else:
            link.end(talk, new=new)

    def noted(self, link: Link, name: str, value: Value) -> None:
        """Take note; see ``link.Server``."""
        notes: dict[str, Callable[[Value], object]] = {
            "ready": self._ready,
            "failed": self._failed,
            "first": lambda _: self._be_first(),
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
        if self.session is None and name in _OF_A_VISITOR:
            return
        if found is not None:
            found(value)

    def _be_first(self) -> None:
        self.first = True

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
        self._ended()

    def _ended(self) -> None:
        with self._lock:
            if self._over:
                return
            self._over = True
            left = self._leaving
        self.life.end()
        for leave in self._followed.values():
            leave()
        self._followed.clear()
        self._topics.end()
        self.pages = 0
        if self._failure is None and not self.settled():
            self._failure = ("it has ended while it loaded the app", "")
        self._settled.set()
        self._gone(self)
        with suppress(RuntimeError):  # the server stops, and waits for all processes
            self._services.reaper.submit(self._reap, left)

    def _reap(self, left: bool) -> None:
        """See to it that nothing of the process remains, and tell what has happened."""
        process = self.process
        if process is None:
            return
        if self.released:
            process.let_go()
            return
        ended = process.wait(_REAPED)
        if not ended and not left and self._services.sessions.records.store.shared:
            process.let_go()  # it goes on for other servers: it was this one that it has left
            return
        process.kill()  # with what it has started
        if ended or process.wait(_REAPED):
            clear_away(self.address)
        else:
            process.let_go()
        if not left and self.session is not None and self.first:
            text = f"{self.name} of session {self.session.short_id}: its process {process.pid}"
            self._services.log.error(ERR_SOURCE_GUI, f"{text} has ended: {process.ending()}")

    def _submit(self, work: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the server stops
            self._services.executor.submit(work)

    def _fail(self, text: str, error: BaseException) -> None:
        self._services.log.error(ERR_SOURCE_GUI, f"{self.name}: {text}", error)
