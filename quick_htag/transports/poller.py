"""Waiting for many sockets at once, with other threads free to change what is waited for."""

from __future__ import annotations

import heapq
import itertools
import select
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

_linux: Any = select  # other systems have no epoll
_IN: Final = getattr(select, "EPOLLIN", 0)
_OUT: Final = getattr(select, "EPOLLOUT", 0)
READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

_NEVER: Final = float("inf")
_SELECT_CAPACITY: Final = 500
_STALE: Final = 100  # entries of members that have ended, before anybody cleans up


class Poller(Protocol):
    """Sockets by what they wait for. One thread at a time calls ``poll``, any the rest."""

    capacity: int | None
    """How many sockets it can watch; None: as many as there can be."""

    def add(self, fd: int, data: Any, events: int) -> None:
        """Wait for ``events`` on ``fd``; ``poll`` reports them with ``data``, again and again."""

    def change(self, fd: int, data: Any, events: int) -> None:
        """Wait for other events from now on."""

    def remove(self, fd: int) -> None:
        """Stop waiting for ``fd``, if it is known; call it before ``fd`` is closed.

        An event already on its way may still be reported once.
        """

    def poll(self, timeout: float | None) -> list[tuple[Any, int]]:
        """The data and events of what is ready; empty after ``timeout`` seconds or a wake-up."""

    def wake(self) -> None:
        """Make the running or the next ``poll`` return."""

    def close(self) -> None:
        """Release it."""


class _WakeUp:
    """A socket pair that makes a poll return; works on every platform."""

    def __init__(self) -> None:
        self.receiver, self._sender = socket.socketpair()
        self.receiver.setblocking(False)
        self._sender.setblocking(False)

    def set(self) -> None:
        try:
            self._sender.send(b"\0")
        except OSError:  # full: a wake-up is pending already; closed: nobody sleeps any more
            return

    def clear(self) -> None:
        try:
            self.receiver.recv(4096)
        except BlockingIOError:
            return

    def close(self) -> None:
        self.receiver.close()
        self._sender.close()


class EpollPoller:
    """Linux: the kernel itself lets other threads change the set while one thread waits."""

    capacity: int | None = None

    def __init__(self) -> None:
        self._epoll = _linux.epoll()
        self._data: dict[int, Any] = {}
        self._wake_up = _WakeUp()
        self._wake_fd = self._wake_up.receiver.fileno()
        self._epoll.register(self._wake_fd, _linux.EPOLLIN)

    @staticmethod
    def _mask(events: int) -> int:
        return (_IN if events & READ else 0) | (_OUT if events & WRITE else 0)

    def add(self, fd: int, data: Any, events: int) -> None:
        self._data[fd] = data
        self._epoll.register(fd, self._mask(events))

    def change(self, fd: int, data: Any, events: int) -> None:
        self._data[fd] = data
        self._epoll.modify(fd, self._mask(events))

    def remove(self, fd: int) -> None:
        if self._data.pop(fd, None) is None:
            return
        try:
            self._epoll.unregister(fd)
        except (OSError, ValueError):  # closed before it was removed; or we are closed
            return

    def poll(self, timeout: float | None) -> list[tuple[Any, int]]:
        ready = self._epoll.poll(-1 if timeout is None else timeout, 256)
        found = []
        known = self._data
        for fd, mask in ready:
            data = known.get(fd)
            if data is not None:
                if mask == _IN:  # nearly always
                    found.append((data, READ))
                    continue
                # An error or hang-up shows up as readable and writable: the next call tells it.
                events = WRITE if mask & ~_IN else 0
                found.append((data, events | (READ if mask & ~_OUT else 0)))
            elif fd == self._wake_fd:
                self._wake_up.clear()
        return found

    def wake(self) -> None:
        self._wake_up.set()

    def close(self) -> None:
        self._epoll.close()
        self._wake_up.close()


class SelectorPoller:
    """Everywhere else: changes are queued and made by the thread that polls."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        # Windows: the C library's select takes 512 sockets, the wake-up and the listener included.
        narrow = isinstance(self._selector, selectors.SelectSelector)
        self.capacity: int | None = _SELECT_CAPACITY if narrow else None
        self._polling = 0  # the thread that polls; it needs no wake-up to see its own changes
        self._changes: deque[tuple[int, Any, int]] = deque()  # appended by any thread
        self._wake_up = _WakeUp()
        self._selector.register(self._wake_up.receiver, READ, None)

    def add(self, fd: int, data: Any, events: int) -> None:
        self._changes.append((fd, data, events))
        if threading.get_ident() != self._polling:
            self._wake_up.set()

    def change(self, fd: int, data: Any, events: int) -> None:
        self.add(fd, data, events)

    def remove(self, fd: int) -> None:
        # In the same queue, because the number may be closed and added again before the next poll.
        self.add(fd, None, 0)

    def _apply(self) -> None:
        while self._changes:
            fd, data, events = self._changes.popleft()
            known = self._selector.get_map().get(fd) is not None
            try:
                if known:
                    self._selector.unregister(fd)
                if data is not None:
                    self._selector.register(fd, events, data)
            except (OSError, ValueError, KeyError):  # closed meanwhile: nothing to wait for
                continue

    def poll(self, timeout: float | None) -> list[tuple[Any, int]]:
        self._polling = threading.get_ident()  # before the changes, lest one is queued unseen
        self._apply()
        found = []
        try:
            ready = self._selector.select(timeout)
        except (OSError, ValueError):  # a socket was closed under it; its removal is queued
            ready = []
        for key, events in ready:
            if key.data is None:
                self._wake_up.clear()
            else:
                found.append((key.data, events))
        self._apply()
        return found

    def wake(self) -> None:
        self._wake_up.set()

    def close(self) -> None:
        self._selector.close()
        self._wake_up.close()


def new_poller() -> Poller:
    """The best poller of this platform."""
    return EpollPoller() if hasattr(select, "epoll") else SelectorPoller()


class Timed(Protocol):
    """Something with a deadline."""

    deadline: float
    """Monotonic time; ``inf``: none."""

    timer_at: float
    """When it is looked at next; ``inf``: not at all. Belongs to ``Deadlines``."""


class Deadlines:
    """Who has to be looked at when. Moving a deadline further away costs nothing.

    Each member has an entry no later than its deadline; an entry that comes up early is put back.
    Every method may be called on any thread.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()  # guards the heap and every member's ``timer_at``
        self._heap: list[tuple[float, int, Timed]] = []
        self._stale = 0  # entries that were replaced or whose member has ended
        self._order = itertools.count()  # members need not be comparable

    def watch(self, member: Timed) -> None:
        """Note that ``member.deadline`` was set; quick when it only moved away."""
        when = member.deadline  # read once: the member may be another thread's already
        if when >= member.timer_at:
            return
        with self._lock:
            if member.timer_at != _NEVER:
                self._replace(member)
            self._push(member, when)
            first = self._heap[0][2] is member
        if first:
            self._wake()

    def forget(self, member: Timed) -> None:
        """Look at ``member`` no more; what has ended must not be kept until its deadline."""
        if member.timer_at == _NEVER:
            return
        with self._lock:
            self._replace(member)

    def _replace(self, member: Timed) -> None:
        """The entry of ``member`` does not count any more. The lock is held."""
        member.timer_at = _NEVER
        self._stale += 1
        if self._stale > max(_STALE, len(self._heap) // 2):
            self._heap = [entry for entry in self._heap if entry[0] == entry[2].timer_at]
            heapq.heapify(self._heap)
            self._stale = 0

    def _push(self, member: Timed, when: float) -> None:
        member.timer_at = when
        heapq.heappush(self._heap, (when, next(self._order), member))

    def next(self) -> float | None:
        """When the next entry comes up; None: there is none."""
        heap = self._heap
        return heap[0][0] if heap else None

    def due(self, now: float) -> list[Timed]:
        """The members whose deadline has passed; they are watched no longer."""
        found = []
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                when, _, member = heapq.heappop(self._heap)
                if when != member.timer_at:  # replaced by an earlier entry, or forgotten
                    self._stale -= 1
                    continue
                member.timer_at = _NEVER
                deadline = member.deadline  # read once, as above
                if deadline <= now:
                    found.append(member)
                elif deadline != _NEVER:
                    self._push(member, deadline)
        return found
