"""Locks that processes share: a lease in the store, renewed while it is held.

A process that dies renews nothing, so its locks are free when their lease ends. Among the threads
of one process a lock of the process decides first, so that the store is asked by one of them.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..deadline import Deadline
from ..errors import StoreBusy, StoreError
from .key_locks import KeyLocks

LEASE = 10.0  # seconds until the lock of a process that died is free
_RENEWALS = 4  # during a lease, so that one may fail
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.05  # seconds between two tries while others hold it

Take = Callable[[str, str, float], bool]
"""``take(key, owner, lease)``: hold the key for ``lease`` seconds, or longer; False: it is held."""

Release = Callable[[str, str], bool]
"""``release(key, owner)``: let go; False: somebody else holds it, or nobody."""


class Leases:
    """The locks of one store. Any thread.

    The first lock starts a thread, "quick_htag-leases", which sleeps while nothing is held; it
    ends with ``close``.

    Args:
        take: takes a free key, and renews one that ``owner`` has.
        release: gives it back.
        lease: seconds, see ``LEASE``.

    """

    def __init__(self, take: Take, release: Release, lease: float = LEASE) -> None:
        self._take = take
        self._release = release
        self._lease = lease
        self._keys = KeyLocks()
        self._wanted = threading.Condition()  # guards everything below
        self._held: dict[str, str] = {}  # key -> owner
        self._sleeping = False  # the thread waits for the first lock
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def held(self, key: str, timeout: float) -> Iterator[None]:
        """Hold ``key`` in the block, against threads and processes.

        Args:
            key: what to hold.
            timeout: seconds to wait for others.

        Raises:
            StoreBusy: somebody kept it for longer.
            StoreError: this thread holds it already; at the end: the lease was lost.

        """
        deadline = Deadline(timeout)
        owner = secrets.token_hex(16)
        with self._keys.held(key, timeout):
            self._wait(key, owner, deadline, timeout)
            self._keep(key, owner)
            try:
                yield
            finally:
                with self._wanted:
                    self._held.pop(key, None)
                kept = self._release(key, owner)
            if not kept:
                raise StoreError(
                    f"the lock of {key[:80]!r} went to somebody else: this process could not renew "
                    f"it for {self._lease:g} s"
                )

    def close(self) -> None:
        """End the thread; locks that are held are no longer renewed. Safe to call twice."""
        with self._wanted:
            self._closed = True
            self._wanted.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(self._lease)

    def _wait(self, key: str, owner: str, deadline: Deadline, timeout: float) -> None:
        pause = _FIRST_PAUSE
        while not self._take(key, owner, self._lease):
            left = deadline.remaining() or 0.0
            if not left:
                raise StoreBusy(key, timeout)
            time.sleep(min(left, pause * random.uniform(0.5, 1.0)))  # noqa: S311 no secret
            pause = min(pause * 2.0, _LONGEST_PAUSE)

    def _keep(self, key: str, owner: str) -> None:
        with self._wanted:
            self._held[key] = owner
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(
                    target=self._renew, name="quick_htag-leases", daemon=True
                )
                self._thread.start()
            elif self._sleeping:
                self._wanted.notify_all()

    def _renew(self) -> None:
        while True:
            with self._wanted:
                while not self._held and not self._closed:
                    self._sleeping = True
                    self._wanted.wait()
                self._sleeping = False
                if not self._closed:
                    self._wanted.wait(self._lease / _RENEWALS)
                if self._closed:
                    return
                held = list(self._held.items())
            for key, owner in held:
                self._renew_one(key, owner)

    def _renew_one(self, key: str, owner: str) -> None:
        try:
            self._take(key, owner, self._lease)
        except (
            StoreError
        ):  # the next renewal may reach the store; else the holder is told at the end
            return
        with self._wanted:
            released = self._held.get(key) != owner
        if released:  # meanwhile: what we have just taken again is nobody's
            self._release(key, owner)
