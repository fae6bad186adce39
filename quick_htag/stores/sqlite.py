"""Values in one SQLite file, for any number of threads and processes of one machine."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from os import PathLike
from typing import Any

from ..deadline import Clock
from ..interfaces import Log
from ..logs import default_log
from .leases import LEASE, Leases
from .sqlite_file import SQLiteFile
from .values import (
    DEFAULT_SIZE,
    LOCK_TIMEOUT,
    behind,
    can_begin,
    check_key,
    check_ttl,
    decode,
    encode,
)

_SWEEP_EVERY = 500  # values set between two looks for expired ones ...
_SWEEP_SIZE = 1000  # ... which free at most this many, so that nobody waits long

# ifnull: without a time, a value is kept for ever
_GET = "SELECT value FROM items WHERE key = ? AND ifnull(expires > ?, 1)"
_FROM = "SELECT key FROM items WHERE ifnull(expires > ?, 1) AND key >= ?"
_TOUCH = "UPDATE items SET expires = ? WHERE key = ? AND ifnull(expires > ?, 1)"
_PUT = """INSERT INTO items (key, value, expires) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires"""
_ADD = f"{_PUT} WHERE items.expires <= ?"
_SWEEP = """DELETE FROM items WHERE key IN
    (SELECT key FROM items WHERE expires <= ? ORDER BY expires LIMIT ?)"""
_TAKE = """INSERT INTO locks (key, owner, until) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE locks.until <= ? OR locks.owner = excluded.owner"""


class SQLiteStore:
    """Implements ``Store``. A value is safe when its method returns, even from ``kill -9``.

    A crash of the whole machine may lose what was set in its last moments, unless ``durable`` is
    set; the file stays whole either way. A file that is damaged is set aside, with a message.

    Args:
        path: the file; made, for this user only, if there is none. Beside it are ``-wal`` and
            ``-shm`` while it is open. On a disk of this machine: not on a network drive.
        forget: begin with nothing, unless another process has it open. ``-users`` beside the file
            tells.
        durable: wait for the disk with each value, so that not even a power failure loses one.
        max_value: bytes that the JSON text of one value may take.
        log: told of a damaged file; None: the log that ``msg`` uses.
        clock: seconds since the epoch: processes, and restarts, share it.
        lease: seconds until the locks of a process that died are free.

    Raises:
        StoreUnavailable: the file cannot be made or opened.

    """

    shared = True

    def __init__(
        self,
        path: str | PathLike[str],
        forget: bool = False,
        *,
        durable: bool = False,
        max_value: int = DEFAULT_SIZE,
        log: Log | None = None,
        clock: Clock = time.time,
        lease: float = LEASE,
    ) -> None:
        self._max_value = max_value
        self._clock = clock
        self._file = SQLiteFile(path, default_log() if log is None else log, forget, durable)
        self._leases = Leases(self._take, self._release, lease)
        self._changes = 0  # since the last sweep; only roughly right, so without a lock

    def __enter__(self) -> SQLiteStore:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SQLiteStore({self._file.path!r})"

    def get(self, key: str) -> Any | None:
        with self._file.reading() as connection:
            row = connection.execute(_GET, (check_key(key), self._clock())).fetchone()
        return None if row is None else decode(row[0])

    def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        text = encode(value, self._max_value)
        with self._file.writing() as connection:
            self._set(connection, check_key(key), text, check_ttl(ttl))
        self._sweep_sometimes()

    def add(self, key: str, value: Any, ttl: float | None = None) -> bool:
        text, ttl = encode(value, self._max_value), check_ttl(ttl)
        now = self._clock()
        row = (check_key(key), text, None if ttl is None else now + ttl, now)
        with self._file.writing() as connection:
            added = connection.execute(_ADD, row).rowcount > 0
        self._sweep_sometimes()
        return added

    def update(
        self, key: str, change: Callable[[Any | None], Any], ttl: float | None = None
    ) -> Any:
        check_key(key)
        with self._transaction() as connection:
            row = connection.execute(_GET, (key, self._clock())).fetchone()
            value = change(None if row is None else decode(row[0]))
            self._set(connection, key, encode(value, self._max_value), check_ttl(ttl))
        self._sweep_sometimes()
        return value

    def delete(self, key: str) -> bool:
        with self._transaction() as connection:
            found = connection.execute(_GET, (check_key(key), self._clock())).fetchone()
            connection.execute("DELETE FROM items WHERE key = ?", (key,))
        return found is not None

    def touch(self, key: str, ttl: float | None) -> bool:
        ttl, now = check_ttl(ttl), self._clock()
        if ttl is not None and ttl <= 0.0:
            return self.delete(key)
        with self._file.writing() as connection:
            row = (None if ttl is None else now + ttl, check_key(key), now)
            return connection.execute(_TOUCH, row).rowcount > 0

    def ttl(self, key: str) -> float | None:
        with self._file.reading() as connection:
            command = "SELECT expires FROM items WHERE key = ?"
            row = connection.execute(command, (check_key(key),)).fetchone()
        if row is None:
            return 0.0
        return None if row[0] is None else max(0.0, row[0] - self._clock())

    def keys(self, prefix: str = "") -> list[str]:
        if not can_begin(prefix):
            return []
        with self._file.reading() as connection:
            command, values = f"{_FROM} ORDER BY key", [self._clock(), prefix]
            end = behind(prefix)
            if end is not None:  # a condition of its own, which the index can answer
                command, values = f"{_FROM} AND key < ? ORDER BY key", [*values, end]
            return [row[0] for row in connection.execute(command, values)]

    def locked(self, key: str, timeout: float = LOCK_TIMEOUT) -> AbstractContextManager[None]:
        return self._leases.held(check_key(key), timeout)

    def expire(self) -> int:
        count = removed = self._sweep()
        while removed == _SWEEP_SIZE:
            removed = self._sweep()
            count += removed
        return count

    def close(self) -> None:
        self._leases.close()
        self._file.close()

    # -- inside ------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Read and write with nobody in between; nothing is written when the block raises."""
        with self._file.writing() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _set(self, connection: sqlite3.Connection, key: str, text: str, ttl: float | None) -> None:
        if ttl is not None and ttl <= 0.0:
            connection.execute("DELETE FROM items WHERE key = ?", (key,))
        else:
            connection.execute(_PUT, (key, text, None if ttl is None else self._clock() + ttl))

    def _sweep_sometimes(self) -> None:
        self._changes += 1
        if self._changes >= _SWEEP_EVERY:
            self._changes = 0
            self._sweep()

    def _sweep(self) -> int:
        with self._file.writing() as connection:
            return connection.execute(_SWEEP, (self._clock(), _SWEEP_SIZE)).rowcount

    def _take(self, key: str, owner: str, lease: float) -> bool:
        now = self._clock()
        with self._file.writing() as connection:
            return connection.execute(_TAKE, (key, owner, now + lease, now)).rowcount > 0

    def _release(self, key: str, owner: str) -> bool:
        command = "DELETE FROM locks WHERE key = ? AND owner = ?"
        with self._file.writing() as connection:
            return connection.execute(command, (key, owner)).rowcount > 0
