"""The file behind ``SQLiteStore``: made, opened, shared by threads, set aside when damaged."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from ..errors import StoreUnavailable
from ..interfaces import Log
from .file_users import FileUsers

_BUSY_TIMEOUT = 30.0  # seconds to wait for another process that writes
_IDLE_CONNECTIONS = 4  # kept open; more are opened when more threads read at the same moment
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires REAL)",
    "CREATE INDEX IF NOT EXISTS items_expires ON items (expires) WHERE expires IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS locks
        (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL)""",
)


class _Idle:
    """Connections nobody uses now."""

    def __init__(self) -> None:
        self.lock = threading.Lock()  # guards the list
        self.connections: list[sqlite3.Connection] = []
        self.pid = os.getpid()

    def take(self) -> sqlite3.Connection | None:
        """One of them; None: there is none."""
        with self.lock:
            return self.connections.pop() if self.connections else None

    def keep(self, connection: sqlite3.Connection) -> bool:
        """Whether there was room for it."""
        with self.lock:
            if len(self.connections) >= _IDLE_CONNECTIONS:
                return False
            self.connections.append(connection)
            return True

    def close(self) -> None:
        """Close them all, unless they are those of the process we were forked from."""
        if self.pid != os.getpid():
            return
        while (connection := self.take()) is not None:
            connection.close()


class SQLiteFile:
    """Connections to one file. Any thread.

    Writers of this process take turns by a lock, so that SQLite itself, which waits by looking
    again and again, has to for other processes only.

    Args:
        path: the file.
        log: told of a damaged file.
        forget: empty it unless another process has it open.
        durable: wait for the disk with each transaction.

    Raises:
        StoreUnavailable: the file cannot be made or opened.

    """

    def __init__(self, path: str | PathLike[str], log: Log, forget: bool, durable: bool) -> None:
        self.path = str(Path(path).absolute())
        self._log = log
        self._durable = durable
        self._closed = False
        self._write = threading.Lock()  # held during each write of this process; guards no field
        self._idle = _Idle()
        self._users = FileUsers(f"{self.path}-users") if forget else None
        first = self._users is not None and self._users.enter()
        try:
            with self._errors():
                self._open_first(first)
        except OSError as error:
            raise StoreUnavailable(f"the store {self.path} cannot be made: {error}") from error
        # a store that nobody closed is closed when nobody uses it any more, or the program ends
        self._finalizer = weakref.finalize(self, _Idle.close, self._idle)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with.

        Raises:
            StoreUnavailable: the file is closed, damaged, or cannot be reached.

        """
        if self._closed:
            raise StoreUnavailable(f"the store {self.path} is closed")
        if self._idle.pid != os.getpid():
            raise StoreUnavailable(
                f"the store {self.path} was opened before a fork; open one in each process"
            )
        with self._errors():
            connection = self._idle.take() or self._connect()
            try:
                yield connection
            except sqlite3.Error:
                connection.close()
                raise
            except BaseException:  # of what runs in a transaction; it was rolled back
                self._give_back(connection)
                raise
            self._give_back(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection to write with; no other thread of this process writes meanwhile.

        Raises:
            StoreUnavailable: as ``reading``, or the disk is full, or others wrote all the time.

        """
        if not self._write.acquire(timeout=_BUSY_TIMEOUT):
            raise StoreUnavailable(f"the store {self.path} was busy for {_BUSY_TIMEOUT:g} s")
        try:
            with self.reading() as connection:
                yield connection
        finally:
            self._write.release()

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._closed = True
        with self._write:  # the last connection merges the -wal file, which takes a moment
            self._finalizer()
        if self._users is not None:
            self._users.leave()

    # -- inside ------------------------------------------------------------------------------------

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the store {self.path} cannot be used: {error}") from error

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed or not self._idle.keep(connection):
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            # NORMAL: a transaction is in the file, which outlives the process, but not yet on the
            # disk, which would outlive the machine
            level = "FULL" if self._durable else "NORMAL"
            connection.execute(f"PRAGMA synchronous = {level}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_first(self, empty: bool) -> None:
        _create(self.path)
        known = Path(self.path).stat().st_ino
        try:
            self._set_up(empty)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # no access, a full disk, or a busy file: nothing is wrong with what is in it
            self._set_aside(known, error)
            self._set_up(empty)

    def _set_up(self, empty: bool) -> None:
        connection = self._connect()
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
            for command in _SCHEMA:
                connection.execute(command)
            if empty:
                connection.execute("DELETE FROM items")
                connection.execute("DELETE FROM locks")
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)

    def _set_aside(self, known: int, error: Exception) -> None:
        """Rename a damaged file, unless another process has just done so."""
        if Path(self.path).stat().st_ino == known:
            aside = f"{self.path}.damaged-{time.time_ns()}"
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    Path(self.path + suffix).replace(aside + suffix)
            self._log.message(
                f"the store {self.path} is damaged ({error}); it was set aside as {aside}, "
                "and a new one was begun"
            )
        _create(self.path)


def _create(path: str) -> None:
    """Make an empty file for this user only; one that exists is not touched.

    It must not even be opened: closing it would free the locks that SQLite has in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
