"""What the adapters for WSGI and ASGI have in common: the application inside of another server.

That server owns the sockets, parses requests and keeps its own limits; bodies, answers, and what is
open for long are ours.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from ..deadline import Deadline, monotonic
from ..errors import HTTPError, ProtocolError
from ..logs import ERR_SOURCE_GENERAL_QS
from ..messages.body import AWAITED, EMPTY
from ..messages.response import HTTPResponse
from ..messages.standing_fields import NONE, StandingFields
from .body_store import BodyStore
from .request_reader import refused_body
from .response_writer import body_length

if TYPE_CHECKING:
    from ..interfaces import Admission, Application, Log
    from ..messages.request import Request
    from ..settings import Settings
    from .answers import Observer
    from .request_reader import WatchBody

PIECE: Final = 64 * 1024  # bytes that are read from a host or from a file at once
_OF_THE_HOST: Final = frozenset(  # what is between the host and its client (RFC 9110 section 7.6.1)
    ("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length")
)
_UNSENDABLE: Final = re.compile("[\r\n\0]")

Field = tuple[str, str]


def _nothing() -> None:
    """Nobody is interested."""


class Hosted:
    """An application that another server calls. Every method may be called on any thread.

    Args:
        application: answers the requests.
        settings: limits and timeouts; ``max_threads`` is that of ``pool``.
        log: for what goes wrong here.
        observer: hears of every answer.
        server: becomes ``request.server``.
        watch_body: gives who follows the body of a request, see ``RequestReader``.

    Attributes:
        settings: see above.
        closing: requests are answered 503.
        called: called with each request, before it; may be set.

    """

    def __init__(
        self,
        application: Application,
        settings: Settings,
        log: Log,
        *,
        observer: Observer | None = None,
        server: Any = None,
        watch_body: WatchBody | None = None,
    ) -> None:
        self.settings = settings
        self.closing = False
        self.called: Callable[[], object] = _nothing
        self._application = application
        self._log = log
        self._observer = observer
        self._server = server
        self._watch_body = watch_body
        self._changed = threading.Condition()  # guards everything below
        self._answering: set[int] = set()  # threads
        self._guests: set[Callable[[], object]] = set()  # each ends what is open for long
        self._ending = False  # nothing stays open any more
        self._pool: ThreadPoolExecutor | None = None

    # -- one request -------------------------------------------------------------------------------

    def begin(self, request: Request, length: int | None) -> BodyStore | None:
        """Find out where a request goes and what becomes of its body; see ``asks``.

        Args:
            request: its head.
            length: bytes of the body; None: the host does not know yet.

        Returns:
            takes the body; None: there is none, or it is refused and need not be read.

        """
        request.server = self._server
        try:
            request.routed = target = self._application.target(request)
        except BaseException as error:  # noqa: BLE001 it promises not to; answered all the same
            self._log.error(ERR_SOURCE_GENERAL_QS, f"{request!r} was not understood", error)
            return None
        if length == 0:
            return None
        admission: Admission | None = getattr(self._application, "admission", None)
        if admission is not None:
            request.body = AWAITED
            if not self._admit(admission, request):
                request.body = refused_body(0)
                return None
            request.body = EMPTY
        watch = None
        if request.query_string and self._watch_body is not None:
            watch = self._watch_body(request, length)
        if target.body_limit == 0 or (length is not None and length > target.body_limit):
            request.body = refused_body(target.body_limit)
            if watch is not None:
                watch.ended(complete=False)
            return None
        store = BodyStore(target.body_limit, self.settings.body_memory)
        store.watch = watch
        return store

    @property
    def asks(self) -> bool:
        """Whether ``begin`` may take its time with a request that has a body."""
        return getattr(self._application, "admission", None) is not None

    def _admit(self, admission: Admission, request: Request) -> bool:
        try:
            return admission(request)
        except BaseException as error:  # noqa: BLE001 the user's own code, on a shared thread
            self._log.error(ERR_SOURCE_GENERAL_QS, f"{request!r} failed", error)
            return False

    def refuse(self, request: Request, error: ProtocolError) -> HTTPResponse | None:
        """A body could not be taken: the answer, or None when whoever asks for the body is told."""
        if error.status == 413 and request.routed is not None:
            request.body = refused_body(request.routed.body_limit)
            return None
        return HTTPResponse.error(HTTPError(error.status, error.detail))

    def answer(self, request: Request) -> HTTPResponse:
        """The answer; its sender calls ``response.discard`` and ``request.body.close``."""
        if self.closing:
            later = [("Retry-After", "5")]
            return HTTPResponse.error(HTTPError(503, "the server is stopping, try again", later))
        thread = threading.get_ident()
        with self._changed:
            self._answering.add(thread)
        try:
            return self._application.handle(request)
        except BaseException as error:  # noqa: BLE001 SystemExit too would end a shared thread
            self._log.error(ERR_SOURCE_GENERAL_QS, f"{request!r} failed", error)
            return HTTPResponse.error(HTTPError(500))
        finally:
            with self._changed:
                self._answering.discard(thread)
                self._changed.notify_all()

    def fields(self, request: Request, response: HTTPResponse) -> list[Field]:
        """The header fields to send, and tell the observer; an answer without a way out is a 500.

        What is between the host and its client is left to the host.
        """
        found = self._fields(response)
        if any(_UNSENDABLE.search(name + value) for name, value in found):
            text = f"{request!r} has no sendable answer"
            self._log.error(ERR_SOURCE_GENERAL_QS, text, ValueError(f"{response.headers!r}"))
            response.discard()
            response.status, response.headers, response.body = 500, [], b""
            found = self._fields(response)
        if self._observer is not None:
            elapsed = monotonic() - request.started
            self._observer(request, response.status, elapsed, body_length(response))
        return found

    def _fields(self, response: HTTPResponse) -> list[Field]:
        standing: StandingFields = getattr(self._application, "standing_fields", NONE)
        kept = [field for field in response.headers if field[0].lower() not in _OF_THE_HOST]
        kept += standing.missing(response)
        length = body_length(response)
        if length is not None:
            kept.append(("Content-Length", str(length)))
        return kept

    def no_upgrade(self, response: HTTPResponse, why: str) -> HTTPResponse:
        """The answer when the connection cannot be handed over."""
        response.discard()
        return HTTPResponse.error(HTTPError(501, why))

    def report(self, text: str, error: BaseException | None = None) -> None:
        """Tell the log of a failure."""
        self._log.error(ERR_SOURCE_GENERAL_QS, text, error)

    # -- what is open for long ---------------------------------------------------------------------

    def welcome(self, end: Callable[[], object]) -> Callable[[], None]:
        """Note something that stays open; ``end`` is called when the server stops.

        Returns:
            to be called when it is over.

        """
        with self._changed:
            self._guests.add(end)
            ending = self._ending
        if ending:
            end()

        def leave() -> None:
            with self._changed:
                self._guests.discard(end)

        return leave

    def end_guests(self) -> None:
        """End everything that stays open, from now on: the host is to end. Pages connect again."""
        with self._changed:
            self._ending = True
            guests = list(self._guests)
        for end in guests:
            end()

    @property
    def pool(self) -> ThreadPoolExecutor:
        """Threads for hosts that have none.

        Raises:
            RuntimeError: the server has stopped.

        """
        with self._changed:
            if self._pool is None:
                if self.closing:
                    raise RuntimeError("the server has stopped")
                self._pool = ThreadPoolExecutor(self.settings.max_threads, "quick_htag-request")
            return self._pool

    # -- as a transport of the server --------------------------------------------------------------

    def is_member(self) -> bool:
        """Whether the calling thread answers a request here."""
        with self._changed:
            return threading.get_ident() in self._answering

    def connection_kinds(self) -> dict[str, int]:
        """How many requests are being answered, and how much is open for long."""
        with self._changed:
            return {"busy": len(self._answering), "open": len(self._guests)}

    def counts(self) -> dict[str, int]:
        """See ``HttpTransport.counts``; connections and idle threads are the host's."""
        with self._changed:
            busy = len(self._answering)
        return {"connections": 0, "threads": busy, "waiting_threads": 0, "queued": 0}

    def stop(self, timeout: float) -> bool:
        """Refuse requests and wait for those under way; True: all have ended. Again is harmless."""
        deadline = Deadline(timeout)
        mine = threading.get_ident()
        with self._changed:
            self.closing = True
        self.end_guests()
        with self._changed:
            ended = self._changed.wait_for(
                lambda: not self._answering - {mine}, deadline.remaining()
            )
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)
        return ended
