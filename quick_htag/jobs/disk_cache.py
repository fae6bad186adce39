"""A cache in one SQLite file, for any number of threads and processes of one machine."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from os import PathLike
from typing import Any, Final

from ..deadline import Clock, Deadline
from ..errors import ConfigurationError, StoreBusy, StoreError
from ..interfaces import Log
from ..logs import ERR_SOURCE_WORKER, default_log
from ..settings import MIB
from ..stores.leases import LEASE, Leases
from ..stores.sqlite_file import SQLiteFile
from .cache_entry import CacheEntry
from .context import check

_LOOK: Final = 0.5  # seconds between two looks whether the job that waits was stopped
_NOTE: Final = 60.0  # seconds after which another use of an entry is written down
_ROOM: Final = 0.9  # of the quota is filled after it was exceeded, so that not each write sweeps

_CREATE = """CREATE TABLE IF NOT EXISTS cached (key TEXT PRIMARY KEY, section TEXT NOT NULL,
    text TEXT NOT NULL, size INTEGER NOT NULL, made REAL NOT NULL, used REAL NOT NULL)"""
_INDEX = "CREATE INDEX IF NOT EXISTS cached_used ON cached (used, size)"
_GET = "SELECT text, used FROM cached WHERE key = ? AND made > ?"
_PUT = "INSERT OR REPLACE INTO cached (key, section, text, size, made, used) VALUES (?,?,?,?,?,?)"
_OLDEST = "SELECT key, size FROM cached ORDER BY used"
_TAKE = """INSERT INTO locks (key, owner, until) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE locks.until <= ? OR locks.owner = excluded.owner"""
_RELEASE = "DELETE FROM locks WHERE key = ? AND owner = ?"


class DiskCache:
    """Results by what they are the result of, see ``get_hnd``. Any thread.

    Of several that want the same result at once, in any thread or process, one computes it and the
    others wait. What is half done when a process dies was never there.

    Args:
        path: the file; made if there is none. On a disk of this machine.
        quota: bytes that all results may take; the longest unused make room.
        ttl: seconds a result is good for; None: for ever.
        wait: seconds to wait for others that compute the same result; then it is computed here.
        lease: seconds until what a process was making that died is free for another.
        log: told of a damaged file and of locks that were lost; None: the log that ``msg`` uses.
        clock: seconds since the epoch: processes share it.

    Raises:
        ConfigurationError: a number cannot work.
        StoreUnavailable: the file cannot be used; raised by every method.

    """

    def __init__(
        self,
        path: str | PathLike[str],
        quota: int = 500 * MIB,
        ttl: float | None = None,
        *,
        wait: float = 3600.0,
        lease: float = LEASE,
        log: Log | None = None,
        clock: Clock = time.time,
    ) -> None:
        if quota <= 0 or wait < 0.0 or (ttl is not None and ttl <= 0.0):
            raise ConfigurationError("quota is in bytes, ttl and wait in seconds, all above 0")
        self._options = (str(path), quota, ttl, wait, lease)
        self._quota = quota
        self._ttl = ttl
        self._wait = wait
        self._log = default_log() if log is None else log
        self._clock = clock
        self._file = SQLiteFile(path, self._log, forget=False, durable=False)
        self._leases = Leases(self._take, self._release, lease)
        with self._file.writing() as connection:
            connection.execute(_CREATE)
            connection.execute(_INDEX)

    def __reduce__(self) -> tuple[Callable[..., DiskCache], tuple[Any, ...]]:
        return _opened, self._options

    def __enter__(self) -> DiskCache:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def get_hnd(
        self, cache_id_obj: Any, section: str = "www", method: str = "string"
    ) -> Iterator[CacheEntry]:
        """The entry of a result; while there is none, whoever has it is to make it.

        Args:
            cache_id_obj: JSON that tells this result from others.
            section: the part of the cache it belongs to.
            method: of quick_cache; there is one here.

        Raises:
            ConfigurationError: ``cache_id_obj`` is not JSON.
            WorkerDeath: called in a job that was stopped while it waited.

        """
        key = _key(section, cache_id_obj)
        text = self._get(key)
        if text is not None:
            yield CacheEntry(text, partial(self.put, key, section), self._log)
            return
        with self._alone(key):
            yield CacheEntry(self._get(key), partial(self.put, key, section), self._log)

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Nobody else makes this entry meanwhile, unless they have made us wait for too long."""
        held = self._hold(key)
        try:
            yield
        finally:
            if held is not None:
                try:
                    held.__exit__(None, None, None)
                except StoreError as error:  # somebody has made it as well: no harm is done
                    self._log.error(ERR_SOURCE_WORKER, "a lock of the cache was lost", error)

    def _hold(self, key: str) -> Any:
        deadline = Deadline(self._wait)
        while not deadline.expired():
            held = self._leases.held(key, min(_LOOK, self._wait))
            try:
                held.__enter__()
            except StoreBusy:
                check()
                continue
            return held
        return None

    def _get(self, key: str) -> str | None:
        now = self._clock()
        oldest = -1.0 if self._ttl is None else now - self._ttl
        with self._file.reading() as connection:
            row = connection.execute(_GET, (key, oldest)).fetchone()
        if row is None:
            return None
        if now - row[1] > _NOTE:
            with self._file.writing() as connection:
                connection.execute("UPDATE cached SET used = ? WHERE key = ?", (now, key))
        return str(row[0])

    def put(self, key: str, section: str, text: str) -> None:
        """Keep a result; one that is larger than the quota is not."""
        size, now = len(text.encode("utf-8", "surrogatepass")), self._clock()
        if size > self._quota:
            return
        with self._file.writing() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute(_PUT, (key, section, text, size, now, now))
                self._make_room(connection, now)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _make_room(self, connection: sqlite3.Connection, now: float) -> None:
        if self._ttl is not None:
            connection.execute("DELETE FROM cached WHERE made <= ?", (now - self._ttl,))
        total = connection.execute("SELECT ifnull(sum(size), 0) FROM cached").fetchone()[0]
        if total <= self._quota:
            return
        for key, size in connection.execute(_OLDEST).fetchall():
            if total <= self._quota * _ROOM:
                return
            connection.execute("DELETE FROM cached WHERE key = ?", (key,))
            total -= size

    def list_sections(self) -> list[str]:
        """The parts that have something in them, sorted."""
        with self._file.reading() as connection:
            command = "SELECT DISTINCT section FROM cached ORDER BY section"
            return [str(row[0]) for row in connection.execute(command)]

    def clean_cache(self, section: str | None = None) -> None:
        """Forget everything in a part; None: in all."""
        with self._file.writing() as connection:
            if section is None:
                connection.execute("DELETE FROM cached")
            else:
                connection.execute("DELETE FROM cached WHERE section = ?", (section,))

    def size(self) -> int:
        """Bytes of all results."""
        with self._file.reading() as connection:
            return int(connection.execute("SELECT ifnull(sum(size), 0) FROM cached").fetchone()[0])

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self._leases.close()
        self._file.close()

    # -- locks -------------------------------------------------------------------------------------

    def _take(self, key: str, owner: str, lease: float) -> bool:
        now = self._clock()
        with self._file.writing() as connection:
            return connection.execute(_TAKE, (key, owner, now + lease, now)).rowcount > 0

    def _release(self, key: str, owner: str) -> bool:
        with self._file.writing() as connection:
            return connection.execute(_RELEASE, (key, owner)).rowcount > 0


def _opened(path: str, quota: int, ttl: float | None, wait: float, lease: float) -> DiskCache:
    return DiskCache(path, quota, ttl, wait=wait, lease=lease)


def _key(section: str, cache_id_obj: Any) -> str:
    try:
        text = json.dumps([section, cache_id_obj], sort_keys=True)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"a cache_id is JSON: {error}") from error
    return f"cache:{hashlib.sha256(text.encode()).hexdigest()}"
