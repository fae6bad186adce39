"""The session of a visitor as the process of its app has it: kept by the server, used here.

The process knows one session and can ask for no other. What the app changes goes to the server,
which merges it by key with what its routes and other apps change; what those change is looked for
before each event.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from typing import Any, Final

from ..deadline import Clock, monotonic
from ..errors import ConfigurationError, NotStorable, StoreBusy, StoreUnavailable
from ..stores.session import Permits, Session
from .anchors import Anchors
from .link import LinkLost, Refused, Value

_TIMEOUT: Final = 10.0  # seconds for the server to answer
_COOKIE: Final = (
    'with isolation="process" an app cannot give its visitor another cookie: log in by a route, '
    "which does it before the app is opened"
)


def digest(texts: dict[str, str]) -> str:
    """The same for the same data."""
    sha = hashlib.sha256()
    for key in sorted(texts):
        sha.update(f"{len(key)}:{key}{len(texts[key])}:{texts[key]}".encode("utf-8", "replace"))
    return sha.hexdigest()


class RemoteKeeper:
    """The ``Keeper`` of that session. Any thread but that of the hub.

    Args:
        anchors: the servers.
        lock_timeout: seconds to wait for a ``with`` block of somebody else.
        max_size: bytes of the data of a session.

    """

    shared = True

    def __init__(self, anchors: Anchors, lock_timeout: float, max_size: int) -> None:
        self.lock_timeout = lock_timeout
        self._anchors = anchors
        self._max_size = max_size

    def save(self, session: Session, permits: Permits | None = None) -> None:
        """Nobody else has to permit it: a session has one such process for an app."""
        with session.lock:
            changed, removed, fault = session.changes(self._max_size)
            if changed or removed:
                answer = self._ask("session save", changed=changed, removed=removed)
                session.adopt(answer["texts"], [*changed, *removed])
        if fault is not None:
            raise fault

    def refresh(self, session: Session) -> bool:
        with session.lock:
            if session.ended:
                return False
            answer = self._ask("session refresh", digest=digest(session.texts))
            if answer["texts"] is not None:
                session.adopt(answer["texts"])
            session.user = answer["user"]
            return True

    def prolong(self, session: Session) -> None:
        self._anchors.note("session prolong")

    @contextmanager
    def locked(self, session: Session) -> Iterator[None]:
        """Keeps blocks of the server and of all other processes out."""
        link = next(iter(self._anchors.best()), None)
        if link is None:
            raise StoreUnavailable("the server of this process is gone")
        held = _Held()
        talk = link.begin("session lock", {}, held)
        try:
            held.begun.result(self.lock_timeout + _TIMEOUT)
        except (LinkLost, Refused, FutureTimeoutError):
            link.say(talk, "release")
            raise StoreBusy(f"session {session.short_id}", self.lock_timeout) from None
        try:
            yield
        finally:
            link.say(talk, "release")
            held.over.wait(_TIMEOUT)

    def end(self) -> None:
        """End the session, in the server and here.

        Raises:
            StoreUnavailable: the server does not answer.

        """
        self._ask("session end")

    def _ask(self, name: str, **value: Any) -> Value:
        try:
            return self._anchors.ask(name, _TIMEOUT, **value)
        except Refused as error:
            if error.value["kind"] == "not storable":
                raise NotStorable(*error.value["args"]) from None
            raise StoreUnavailable(str(error)) from error
        except (LinkLost, TimeoutError) as error:
            raise StoreUnavailable("the server of this process does not answer") from error


class _Held:
    """The conversation of a block."""

    def __init__(self) -> None:
        self.begun: Future[bool] = Future()
        self.over = threading.Event()

    def said(self, text: str) -> None:
        """The block may begin."""
        self.begun.set_result(True)

    def got(self, data: bytes) -> None:
        """Nothing of it."""

    def ended(self, value: Value | None) -> None:
        self.over.set()
        if not self.begun.done():
            self.begun.set_exception(LinkLost("the server is gone"))


def remote_session(keeper: RemoteKeeper, value: Value, clock: Clock = monotonic) -> Session:
    """The session that the server has told of, see ``session_desk.told_session``."""
    session = Session(keeper, "", value["short_id"], value["address"], clock())
    session.uid = value["uid"]
    session.born = value["born"]
    session.user = value["user"]
    session.adopt(value["texts"])
    return session


class RemoteDoor:
    """The ``SessionDoor`` of a page request. Any thread.

    Args:
        keeper: of the session.
        session: the one there is.

    """

    def __init__(self, keeper: RemoteKeeper, session: Session) -> None:
        self._keeper = keeper
        self._session = session

    def __call__(self) -> MutableMapping[str, Any]:
        return self._session.data

    def user(self) -> str | None:
        """Who has logged in; None: nobody."""
        return self._session.user

    def rotate(self) -> None:
        """Refuse: the cookie is the server's.

        Raises:
            ConfigurationError: always.

        """
        raise ConfigurationError(_COOKIE)

    def login(self, user: str) -> None:
        """Refuse: the cookie is the server's.

        Raises:
            ConfigurationError: always.

        """
        raise ConfigurationError(_COOKIE)

    def logout(self) -> None:
        """End the session, and with it the app.

        Raises:
            StoreUnavailable: the server does not answer.

        """
        self._keeper.end()


class OneSession:
    """What ``guis`` needs of ``Sessions``, for a process with one of them. Any thread.

    Attributes:
        ended: called with the session and a reason when it has ended.
        records: as ``Sessions`` has them; they have no store that others share.

    """

    def __init__(self, store: Any) -> None:
        self.ended: list[Callable[[Session, str], object]] = []
        self.records = _Records(store)

    def pin(self, session: Session) -> bool:
        """Count a live instance; False when the session is gone."""
        session.pins += 1
        return not session.ended

    def unpin(self, session: Session) -> None:
        """An instance has ended."""
        session.pins -= 1

    def remove(self, session: Session, reason: str) -> bool:
        """End it here; False when that was done."""
        if session.ended:
            return False
        session.ended = True
        for function in self.ended:
            function(session, reason)
        return True


class _Records:
    def __init__(self, store: Any) -> None:
        self.store = store
