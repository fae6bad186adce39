"""A connection between a server and the process of an app: many conversations at once.

Either side begins one with a name and values, and ends it with an answer; in between both may say
texts and hand over bytes. Rules of this file: what comes is handled on the thread of the hub, which
must not wait; what is sent may be sent on any thread.
"""

from __future__ import annotations

import itertools
import json
import selectors
import socket
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any, Final, Protocol

from ..deadline import Deadline, monotonic
from ..errors import QuickHtagError
from .frames import CALL, DATA, END, NOTE, TEXT, BrokenFrame, Frame, FrameReader, packed
from .hub import Hub

Value = dict[str, Any]

LARGEST: Final = 64 * 1024 * 1024  # bytes of a frame: a page, a message
_HIGH: Final = 1024 * 1024  # bytes that may wait before a patient sender does
_MOST: Final = 2 * LARGEST  # ... and before the other end counts as gone
_WAIT: Final = 30.0  # seconds a patient sender waits ...
_STALL: Final = 1.0  # ... but not longer than this when nothing is taken: it may be frozen


class LinkLost(QuickHtagError):
    """The other end is not there any more; never leaves this package."""


class Refused(QuickHtagError):
    """The other end has answered that it cannot; never leaves this package.

    Args:
        value: what it says: "kind", and more.

    """

    def __init__(self, value: Value) -> None:
        self.value = value
        super().__init__(str(value.get("text", value)))


class Talk(Protocol):
    """This side of a conversation; called on the thread of the hub."""

    def said(self, text: str) -> None:
        """A text has come."""

    def got(self, data: bytes) -> None:
        """Bytes have come."""

    def ended(self, value: Value | None) -> None:
        """The other side has ended it; None: the connection is lost."""


class Server(Protocol):
    """What the other end may ask for; called on the thread of the hub."""

    def asked(self, link: Link, talk: int, name: str, value: Value) -> Talk | None:
        """A conversation has begun, which is to be ended with ``link.end``.

        Returns:
            what hears the rest of it; None: nothing more is expected.

        Raises:
            KeyError, TypeError, ValueError: it cannot be, and is refused.

        """

    def noted(self, link: Link, name: str, value: Value) -> None:
        """Something nobody answers."""

    def lost(self, link: Link) -> None:
        """The connection is lost; the conversations have been told."""


class _Answer:
    """A conversation of a question and its answer."""

    def __init__(self) -> None:
        self.future: Future[Value] = Future()

    def said(self, text: str) -> None:
        """Nobody listens."""

    def got(self, data: bytes) -> None:
        """Nobody takes them."""

    def ended(self, value: Value | None) -> None:
        if value is None:
            self.future.set_exception(LinkLost("the connection was lost"))
        elif "refused" in value:
            self.future.set_exception(Refused(value["refused"]))
        else:
            self.future.set_result(value)


class Link:
    """One end of a connection. Any thread.

    Args:
        sock: connected, non-blocking, its other end known.
        hub: reads it.
        server: answers the other end.
        first: 1 or 2; the two ends have another one each.
        patient: who sends waits for a slow other end; else that is lost when too much waits for it.

    Attributes:
        heard: monotonic time at which something came last, in seconds.
        alive: the connection is not lost.

    """

    def __init__(
        self, sock: socket.socket, hub: Hub, server: Server, first: int, *, patient: bool = False
    ) -> None:
        self.sock = sock
        self.heard = monotonic()
        self.alive = True
        self._hub = hub
        self._server = server
        self._patient = patient
        self._reader = FrameReader(LARGEST)
        self._numbers = itertools.count(first, 2)
        self._lock = threading.Lock()  # guards all that follows, and what is written
        self._talks: dict[int, Talk] = {}
        self._beginning: set[int] = set()  # asked by the other end just now
        self._waiting = bytearray()
        self._stalled = False  # nothing was taken for so long that nobody waits any more

    # -- saying something --------------------------------------------------------------------------

    def begin(self, name: str, value: Value, talk: Talk) -> int:
        """Begin a conversation; its number.

        When the connection is lost, now or later, ``talk`` is told.

        """
        number = next(self._numbers)
        with self._lock:
            if self.alive:
                self._talks[number] = talk
        if self._knows(number):
            self._send(CALL, number, json.dumps({"": name, **value}).encode())
        else:
            talk.ended(None)
        return number

    def start(self, name: str, /, **value: Any) -> Future[Value]:
        """Begin a conversation of a question and its answer, see ``ask``."""
        answer = _Answer()
        self.begin(name, value, answer)
        return answer.future

    def ask(self, name: str, timeout: float | None = None, /, **value: Any) -> Value:
        """Begin a conversation and wait for its end. Not on the thread of the hub.

        Args:
            name: what is wanted.
            timeout: seconds; None: any time, until the connection is lost.
            value: the values.

        Raises:
            LinkLost: the other end is gone.
            Refused: it cannot.
            TimeoutError: it takes longer.

        """
        try:
            return self.start(name, **value).result(timeout)
        except FutureTimeoutError:
            raise TimeoutError(f"{name} took longer than {timeout} s") from None

    def note(self, name: str, /, **value: Any) -> None:
        """Say something that nobody answers; lost with the connection."""
        self._send(NOTE, 0, json.dumps({"": name, **value}).encode())

    def say(self, talk: int, text: str) -> None:
        """Say a text in a conversation."""
        self._send(TEXT, talk, text.encode("utf-8", "replace"))

    def give(self, talk: int, data: bytes) -> None:
        """Hand over bytes in a conversation."""
        self._send(DATA, talk, data)

    def end(self, talk: int, **value: Any) -> None:
        """End a conversation."""
        self.forget(talk)
        self._send(END, talk, json.dumps(value).encode())

    def refuse(self, talk: int, kind: str, text: str, **more: Any) -> None:
        """End a conversation, for it cannot be."""
        self.end(talk, refused={"kind": kind, "text": text, **more})

    def forget(self, talk: int) -> None:
        """Hear nothing more of a conversation."""
        with self._lock:
            self._talks.pop(talk, None)
            self._beginning.discard(talk)

    @property
    def congested(self) -> bool:
        """Whether so much waits for the other end that a patient sender would."""
        return len(self._waiting) > _HIGH

    def close(self) -> None:
        """Lose the connection; again is harmless."""
        self._hub.forget(self)

    def _knows(self, talk: int) -> bool:
        with self._lock:
            return talk in self._talks

    def _send(self, kind: int, talk: int, body: bytes) -> None:
        data = packed(kind, talk, body)
        with self._lock:
            if not self.alive:
                return
            was_empty = not self._waiting
            if was_empty:
                data = data[self._write(data) :]
            self._waiting += data
            size, patient = len(self._waiting), self._patient and not self._stalled
        if not size:
            return
        if was_empty:
            self._hub.watch_writing(self)
        if size > _MOST:
            self.close()
        elif size > _HIGH and patient and not self._hub.is_current():
            self._wait_for_room()

    def _write(self, data: bytes | bytearray) -> int:
        """How much was written; the lock is held."""
        try:
            size = self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:  # the reader notices, too
            return len(data)
        self._stalled = False
        return size

    def _wait_for_room(self) -> None:
        """Write it here: the thread of the hub may wait for a lock of who called us."""
        deadline = Deadline(_WAIT)
        with selectors.DefaultSelector() as selector, suppress(ValueError, OSError):
            selector.register(self.sock, selectors.EVENT_WRITE)
            while not deadline.expired():
                taken = selector.select(min(_STALL, deadline.remaining() or 0.0))
                with self._lock:
                    if not self.alive:
                        return
                    if not taken:  # who is told elsewhere shall not wait for this one
                        self._stalled = True
                        return
                    del self._waiting[: self._write(self._waiting[:_HIGH])]
                    if len(self._waiting) < _HIGH // 2:
                        return
        self.close()

    # -- on the thread of the hub ------------------------------------------------------------------

    def flush(self) -> bool:
        with self._lock:
            if self._waiting:
                del self._waiting[: self._write(self._waiting)]
            return bool(self._waiting)

    def received(self, data: bytes) -> None:
        self.heard = monotonic()
        try:
            for frame in self._reader.feed(data):
                self._take(frame)
        except BrokenFrame:
            self.close()

    def _take(self, frame: Frame) -> None:
        """Hand it on; who fails with it does not fail for what has come behind it.

        Raises:
            BrokenFrame: it does not hold what its kind says.

        """
        kind, number, guarded = frame.kind, frame.talk, self._hub.guarded
        if kind in (CALL, NOTE):
            value = frame.value()
            name = str(value.pop("", ""))
            if kind == NOTE:
                guarded(self._server.noted, self, name, value)
            else:
                guarded(self._begun, number, name, value)
            return
        said: Any = frame.text() if kind == TEXT else frame.value() if kind == END else frame.body
        with self._lock:
            talk = self._talks.pop(number, None) if kind == END else self._talks.get(number)
        if talk is None:  # it has ended here
            return
        if kind == TEXT:
            guarded(talk.said, said)
        elif kind == DATA:
            guarded(talk.got, said)
        else:
            guarded(talk.ended, said)

    def _begun(self, number: int, name: str, value: Value) -> None:
        with self._lock:
            self._beginning.add(number)
        try:
            talk = self._server.asked(self, number, name, value)
        except (KeyError, TypeError, ValueError) as error:
            self.refuse(number, "broken", f"{name}: {error!r}")
            return
        with self._lock:
            if number not in self._beginning:  # it has ended already
                return
            self._beginning.discard(number)
            if talk is not None:
                self._talks[number] = talk

    def lost(self) -> None:
        with self._lock:
            if not self.alive:
                return
            self.alive = False
            talks, self._talks = list(self._talks.values()), {}
            self._waiting.clear()
        for talk in talks:
            talk.ended(None)
        self._server.lost(self)
