"""The app of one visitor in a process of its own, as its servers ask for it.

Behind the questions is the ``GuiHost`` that servers have for threads, with one session. Rules of
this file: questions come on the thread of the hub, which does not wait; what does is done by
threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Final

from ..errors import AppFailed, HTTPError, NoCapacity, QuickHtagError
from ..guis import GuiHost
from ..handlers.gui import GuiMount
from ..jobs.thread_executor import ThreadExecutor
from ..messages.forms import FormLimits
from ..messages.later_body import LaterBody
from ..messages.request import HOST_SESSION
from ..messages.upload import Upload
from ..stores.session import Session
from ..tracebacks import failure_of
from .anchors import Anchors
from .child_talks import ArrivingFile, ChildLine, Pump, WaitingPoll
from .host_session import answer, bring
from .link import Link, Talk, Value
from .remote_services import RemoteUploads
from .remote_session import OneSession, RemoteDoor, RemoteKeeper, remote_session
from .told_request import heard

_THREADS: Final = 16  # that wait for the app at once
_IDLE: Final = 10.0  # seconds
_LINGER: Final = 1.0  # seconds without an instance after which the process ends


class Terms:
    """What changes while the process lives, as the server has told last.

    Attributes:
        debug: pages are told what goes wrong.
        largest: bytes of the largest file.

    """

    def __init__(self) -> None:
        self.debug = False
        self.largest = 0

    def limits(self) -> FormLimits:
        """What is too much in a form."""
        return FormLimits(file=self.largest)


class ChildHost:
    """A ``link.Server``.

    Args:
        host: the instances.
        mount: where the app is bound.
        terms: told by the servers.
        sessions: of the host.
        keeper: of the session.
        uploads: what servers tell of uploads.
        anchors: the servers.
        later: calls a function in some seconds.
        leave: ends the process; told the exit code.

    """

    def __init__(
        self,
        host: GuiHost,
        mount: GuiMount,
        terms: Terms,
        sessions: OneSession,
        keeper: RemoteKeeper,
        uploads: RemoteUploads,
        anchors: Anchors,
        later: Callable[[float, Callable[[], object]], object],
        leave: Callable[[int], object],
    ) -> None:
        self._host = host
        self._mount = mount
        self._terms = terms
        self._sessions = sessions
        self._keeper = keeper
        self._uploads = uploads
        self._anchors = anchors
        self._later = later
        self._leave = leave
        self._threads = ThreadExecutor(_THREADS, _IDLE, "quick_htag-ask")
        self._lock = threading.Lock()  # guards all that follows
        self._session: Session | None = None
        self._opening = 0  # pages that are being rendered
        self._leaving = False
        host.instance_gone = self._gone
        host.pages_changed = self._tell_pages

    @property
    def visited(self) -> bool:
        """Whether the process has a visitor."""
        return self._session is not None

    # -- a server asks -----------------------------------------------------------------------------

    def asked(self, link: Link, talk: int, name: str, value: Value) -> Talk | None:
        """Begin to answer; see ``link.Server``."""
        if name == "assign":
            self._assign(value)
            link.end(talk)
            return None
        if name == "line":
            return self._line(link, talk, value)
        if name == "upload":
            return self._upload(link, talk, value)
        if name == "offer":
            pump = Pump()
            self._work(link, talk, partial(self._offer, link, talk, value, pump))
            return pump
        if name in ("connect", "poll", "events"):
            return self._poll(link, talk, name, value)
        work = {
            "open": self._open,
            "field": self._field,
            "reset": self._reset,
            "rows": self._rows,
        }[name]
        self._work(link, talk, partial(_answer, link, talk, partial(work, value)))
        return None

    def noted(self, link: Link, name: str, value: Value) -> None:
        """Hear what nobody answers; see ``link.Server``."""
        if name == "progress":
            self._uploads.told(value)
        elif name == "ended":
            session = self._session
            if session is not None:
                self._sessions.remove(session, str(value["reason"]))
            else:
                self._leave(0)
        elif name == "stop":
            self.stop(float(value["timeout"]), (int(value["code"]), str(value["reason"])))

    def lost(self, link: Link) -> None:
        """Nothing to do: who counts connections is ``child``."""

    def stop(self, timeout: float, reason: tuple[int, str]) -> None:
        """End what there is, and the process. Does not wait."""

        def end() -> None:
            self._host.close(timeout, reason)
            self._leave(0)

        threading.Thread(target=end, name="quick_htag-stop", daemon=True).start()

    def close(self) -> None:
        """End the threads that have nothing to do."""
        self._threads.stop(_IDLE)

    def _work(self, link: Link, talk: int, work: Callable[[], object]) -> None:
        try:
            self._threads.submit(work)
        except RuntimeError as error:  # the system gives no thread
            link.refuse(talk, "full", str(error))

    def _assign(self, value: Value) -> None:
        session = remote_session(self._keeper, value)
        with self._lock:
            self._session = session

    def _known(self) -> Session:
        if self._session is None:
            raise ValueError("this process has no visitor yet")
        return self._session

    # -- pages -------------------------------------------------------------------------------------

    def _open(self, value: Value) -> Value:
        """Render a page."""
        session = self._known()
        with self._lock:
            if self._leaving or session.ended:
                return {"gone": True}
            self._opening += 1
        self._terms.debug, self._terms.largest = bool(value["debug"]), int(value["largest"])
        request = heard(value["request"])
        request.open_session = RemoteDoor(self._keeper, session)
        theirs = bring(session, value)
        if theirs is not None:
            request.meta[HOST_SESSION] = session.carried
        try:
            html = self._host.open_page(self._mount, request, session)
            return {"html": html, **answer(session, theirs)}
        finally:
            with self._lock:
                self._opening -= 1
            self._gone()

    def _line(self, link: Link, talk: int, value: Value) -> Talk | None:
        receiver = self._host.links.receiver(
            self._mount, self._known(), value["page"], int(value["seen"]), value["document"]
        )
        line = ChildLine(link, talk, receiver, value["transport"], value["address"])
        receiver.opened(line)
        return line

    def _poll(self, link: Link, talk: int, name: str, value: Value) -> Talk | None:
        links, session, page = self._host.links, self._known(), value["page"]
        theirs = bring(session, value)
        body: bytes | LaterBody
        if name == "poll":
            body = links.poll(session, page, value["name"], int(value["number"]))
        elif name == "events":
            texts, document = value["texts"], value["document"]
            body = links.events(self._mount, session, page, texts, document)
        else:
            seen, address, document = int(value["seen"]), value["address"], value["document"]
            body = links.connect(self._mount, session, page, seen, address, document)
        if isinstance(body, bytes):
            link.end(talk, body=body.decode(), **answer(session, theirs))
            return None
        self._later(body.timeout, body.expire)
        body.park(lambda data: link.end(talk, body=data.decode(), **answer(session, theirs)))
        return WaitingPoll(body)

    def _reset(self, _value: Value) -> Value:
        return {"ended": self._host.reset(self._mount, self._known())}

    def _rows(self, _value: Value) -> Value:
        return {"rows": [asdict(row) for row in self._host.sessions_snapshot()]}

    # -- files -------------------------------------------------------------------------------------

    def _field(self, value: Value) -> Value:
        field = self._host.field(self._mount, self._known(), value["page"], value["key"])
        return {"found": field is not None, "max_size": None if field is None else field.max_size}

    def _upload(self, link: Link, talk: int, value: Value) -> Talk | None:
        field = self._host.field(self._mount, self._known(), value["page"], value["key"])
        if field is None:
            link.end(talk, taken=False)
            return None
        upload = Upload(value["filename"], value["content_type"])
        return ArrivingFile(link, talk, upload, lambda: field.take(upload, value["page"]))

    def _offer(self, link: Link, talk: int, value: Value, pump: Pump) -> None:
        """Send what was offered, as it is asked for."""
        request, owner = heard(value["request"]), self._known().uid
        downloads = self._host.downloads
        if request.method == "HEAD":
            attachment = downloads.peek(owner, value["token"])
        else:
            continues = "range" in request.headers
            attachment = downloads.take(owner, value["token"], continues=continues)
        if attachment is None:
            link.end(talk, found=False)
            return
        try:
            response = attachment.answer(request)
        except HTTPError as error:
            link.refuse(talk, "http", error.detail, status=error.status, headers=error.headers)
            return
        except OSError as error:
            link.refuse(talk, "file", repr(error))
            return
        try:
            pump.run(link, talk, response)
        finally:
            response.discard()

    # -- the end -----------------------------------------------------------------------------------

    def _tell_pages(self) -> None:
        self._later(0.0, self._count_pages)  # a lock is held that counting takes

    def _count_pages(self) -> None:
        count = self._host.connected_pages()
        for link in self._anchors.all():
            link.note("pages", count=count)

    def _gone(self) -> None:
        """An instance has ended: without any, the process is of no use."""
        if not len(self._host):
            self._later(_LINGER, self._end_if_empty)

    def _end_if_empty(self) -> None:
        with self._lock:
            if len(self._host) or self._opening or self._leaving:
                return
            self._leaving = True
        # a thread that is still busy with the app would keep the process from ending by itself
        self._leave(1 if self._host.left_behind() else 0)


def _answer(link: Link, talk: int, work: Callable[[], Value]) -> None:
    """End a conversation with what ``work`` gives; see ``failures.raised``."""
    try:
        link.end(talk, **work())
    except AppFailed as error:
        cause = error.__cause__
        trace = error.trace if cause is None else "\n".join(failure_of(cause).lines())
        link.refuse(talk, "failed", str(error), trace=trace)
    except NoCapacity as error:
        link.refuse(talk, "full", str(error), retry=error.retry_after)
    except HTTPError as error:
        link.refuse(talk, "http", error.detail, status=error.status, headers=error.headers)
    except QuickHtagError as error:
        link.refuse(talk, "failed", str(error), trace="")
    except Exception as error:  # noqa: BLE001 a server must not wait for ever for an answer
        trace = "\n".join(failure_of(error).lines())
        link.refuse(talk, "failed", f"the process failed: {error!r}", trace=trace)
