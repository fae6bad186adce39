"""The asyncio loop of a session's thread: woken by a lock, without files until it watches some.

asyncio wakes a loop by a byte in a socket: a system call here, two there, and each lets go of the
interpreter. A lock is one, and an idle loop of this kind keeps no files open, where asyncio's has
three. Handlers of apps hardly ever watch sockets on their own loop; one that does gets a selector
and a socket to be woken by at that moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, WeakValueDictionary

from .relay import Bell

if TYPE_CHECKING:
    from .relay import Relay


class BellSelector(selectors.BaseSelector):
    """Waits for a bell, and for files if there are any. Runs on the bell's thread.

    Args:
        bell: ends a ``select`` under way, or the next one.
        has_work: whether the loop has something to do.

    """

    def __init__(self, bell: Bell, has_work: Callable[[], bool]) -> None:
        self._bell = bell
        self._has_work = has_work
        self._inner: selectors.BaseSelector | None = None
        self._pipe: tuple[socket.socket, socket.socket] | None = None  # read, write

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        idle = timeout is None or timeout > 0.0
        if self._inner is None:
            if idle:
                self._sleep(timeout)
            else:
                self._bell.rung()
            return []
        if idle:
            self._bell.rest()
        if self._bell.rung():
            timeout = 0.0
        return [found for found in self._inner.select(timeout) if not self._is_ring(found[0])]

    def _sleep(self, timeout: float | None) -> None:
        """Wait for the bell, or at the connection that is lent, and handle what comes there."""
        loan = self._bell.loan
        if loan is not None:
            self._bell.rest()
            if loan.serve(timeout, self._has_work):
                return
        self._bell.sleep(timeout)

    def _is_ring(self, key: selectors.SelectorKey) -> bool:
        assert self._pipe is not None
        if key.fileobj is not self._pipe[0]:
            return False
        with contextlib.suppress(BlockingIOError):
            while self._pipe[0].recv(4096):
                continue
        return True

    def _ring(self) -> None:
        """The bell rings: who waits for files does not hear it. Any thread."""
        pipe = self._pipe
        if pipe is not None:
            with contextlib.suppress(OSError):  # full of rings already, or closed
                pipe[1].send(b"\0")

    def _watching(self) -> selectors.BaseSelector:
        """The selector for files, made when the first is to be watched."""
        if self._inner is None:
            self._pipe = socket.socketpair()
            for end in self._pipe:
                end.setblocking(False)
            self._inner = selectors.DefaultSelector()
            self._inner.register(self._pipe[0], selectors.EVENT_READ)
            self._bell.also = self._ring
        return self._inner

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._watching().register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._watching().unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._watching().modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {} if self._inner is None else self._inner.get_map()

    def close(self) -> None:
        self._bell.close()
        if self._inner is not None:
            self._inner.close()
        if self._pipe is not None:
            for end in self._pipe:
                end.close()


class SessionLoop(asyncio.SelectorEventLoop):
    """A loop that sleeps until its bell rings.

    How a loop is woken is a matter of the subclasses of asyncio's ``BaseEventLoop``; these three
    methods are what it leaves to them.

    Args:
        relay: where its thread takes turns.

    """

    def __init__(self, relay: Relay) -> None:
        self._bell = Bell(relay)
        super().__init__(BellSelector(self._bell, self._has_work))

    def _has_work(self) -> bool:
        """Whether it must not go on sleeping: somebody wants something called, or it is to end."""
        loop: Any = self
        return bool(loop._ready or loop._scheduled or loop._stopping)

    # Most loops of sessions see neither an asynchronous generator nor a transport; the tables that
    # asyncio makes for them are 1.4 KB of each.
    _generators: WeakSet[Any] | None = None
    _streams: WeakValueDictionary[int, Any] | None = None

    @property
    def _asyncgens(self) -> WeakSet[Any]:
        if self._generators is None:
            self._generators = WeakSet()
        return self._generators

    @_asyncgens.setter
    def _asyncgens(self, table: WeakSet[Any]) -> None:
        """It is made when there is something to be in it."""

    @property
    def _transports(self) -> WeakValueDictionary[int, Any]:
        if self._streams is None:
            self._streams = WeakValueDictionary()
        return self._streams

    @_transports.setter
    def _transports(self, table: WeakValueDictionary[int, Any]) -> None:
        """Likewise."""

    def _make_self_pipe(self) -> None:
        """There is none."""

    def _close_self_pipe(self) -> None:
        """There is none."""

    def _write_to_self(self) -> None:
        self._bell.wake()
