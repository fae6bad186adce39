"""Values in a Redis server, for any number of processes and machines; needs the extra ``redis``."""

from __future__ import annotations

import importlib
import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ..deadline import Deadline
from ..errors import ConfigurationError, StoreBusy, StoreUnavailable
from ..topics.redis_line import RedisLine
from .leases import LEASE, Leases
from .values import DEFAULT_SIZE, LOCK_TIMEOUT, can_begin, check_key, check_ttl, decode, encode

_TIMEOUT = 5.0  # seconds for a connection, and for each answer
_CONNECTIONS = 64  # at most; who finds all of them in use ...
_WAIT = 30.0  # ... waits so many seconds for one: only a server that has stopped takes them so long
_RETRIES = 4  # after a connection was lost ...
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5  # ... with these seconds in between
_UPDATE_TIMEOUT = 30.0  # seconds of trying while others change the same key
_SCAN = 1000  # keys looked at in one step

_TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisStore:
    """Implements ``Store``. Redis itself keeps times and locks; a lost connection is made again.

    Nothing is asked of the server before the first use. What is stored is as safe as the server is
    configured to keep it (``appendonly``).

    Args:
        url: where it is: "redis://localhost:6379/0", "rediss://..." with TLS, or
            "unix:///run/redis.sock".
        prefix: begins the name of every key there, so that several may use one database.
        max_value: bytes that the JSON text of one value may take.
        lease: seconds until the locks of a process that died are free.

    Raises:
        ConfigurationError: the library is not installed, or the URL cannot be read.

    """

    shared = True

    def __init__(
        self,
        url: str = "redis://localhost:6379/0",
        *,
        prefix: str = "quick_htag:",
        max_value: int = DEFAULT_SIZE,
        lease: float = LEASE,
    ) -> None:
        self._library = _load()
        self._url, self._prefix = url, prefix
        self._values = f"{prefix}value:"
        self._locks = f"{prefix}lock:"
        self._max_value = max_value
        try:
            self._client = self._connect(url, _RETRIES)
        except ValueError as error:
            raise ConfigurationError(f"this is no address of a Redis server: {error}") from error
        self._take_script = self._client.register_script(_TAKE)
        self._release_script = self._client.register_script(_RELEASE)
        self._leases = Leases(self._take, self._release, lease)
        self._closed = False

    def __enter__(self) -> RedisStore:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def get(self, key: str) -> Any | None:
        with self._errors():
            text = self._client.get(self._name(key))
        return None if text is None else decode(text)

    def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        name, text, left = self._name(key), encode(value, self._max_value), _milliseconds(ttl)
        with self._errors():
            if left is not None and left <= 0:
                self._client.delete(name)
            else:
                self._client.set(name, text, px=left)

    def add(self, key: str, value: Any, ttl: float | None = None) -> bool:
        name, text, left = self._name(key), encode(value, self._max_value), _milliseconds(ttl)
        with self._errors():
            if left is not None and left <= 0:
                return not self._client.exists(name)
            return bool(self._client.set(name, text, px=left, nx=True))

    def update(
        self, key: str, change: Callable[[Any | None], Any], ttl: float | None = None
    ) -> Any:
        name, left = self._name(key), _milliseconds(ttl)
        deadline = Deadline(_UPDATE_TIMEOUT)
        with self._errors(), self._client.pipeline() as pipeline:
            while not deadline.expired():
                try:
                    return self._try_update(pipeline, name, change, left)
                except self._library.WatchError:  # somebody changed it meanwhile
                    time.sleep(random.uniform(0.0, 0.002))  # noqa: S311 no secret
        raise StoreBusy(key, _UPDATE_TIMEOUT)

    def delete(self, key: str) -> bool:
        with self._errors():
            return bool(self._client.delete(self._name(key)))

    def touch(self, key: str, ttl: float | None) -> bool:
        name, left = self._name(key), _milliseconds(ttl)
        with self._errors():
            if left is not None:
                return bool(self._client.pexpire(name, left))  # 0 or less deletes it
            with self._client.pipeline() as pipeline:
                return bool(pipeline.persist(name).exists(name).execute()[1])

    def ttl(self, key: str) -> float | None:
        with self._errors():
            left: int = self._client.pttl(self._name(key))
        if left == -1:  # it stays
            return None
        return max(0, left) / 1000.0  # -2: there is none

    def keys(self, prefix: str = "") -> list[str]:
        if not can_begin(prefix):
            return []
        pattern = _quoted(self._values + prefix) + "*"
        begin = len(self._values.encode())
        with self._errors():
            found = self._client.scan_iter(match=pattern, count=_SCAN)
            return sorted({name[begin:].decode() for name in found})

    def locked(self, key: str, timeout: float = LOCK_TIMEOUT) -> AbstractContextManager[None]:
        return self._leases.held(check_key(key), timeout)

    def expire(self) -> int:
        """Nothing to do: Redis frees what has expired."""
        return 0

    def topic_line(self) -> RedisLine:
        """Carries what is published to all who use this database with this prefix."""
        return RedisLine(self._connect(self._url, 0), self._library.RedisError, self._prefix)

    def close(self) -> None:
        self._leases.close()
        self._closed = True  # the library would connect again
        self._client.close()

    # -- inside ------------------------------------------------------------------------------------

    def _connect(self, url: str, retries: int) -> Any:
        library = self._library
        backoff = library.backoff.ExponentialBackoff(cap=_LONGEST_PAUSE, base=_FIRST_PAUSE)
        # the library's usual pool has an error for the hundred and first thread
        pool = library.BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_WAIT,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=library.retry.Retry(backoff, retries),
            retry_on_error=[library.ConnectionError, library.TimeoutError],
        )
        client = library.Redis(connection_pool=pool)
        client.auto_close_connection_pool = True  # as those have that are made from a URL
        return client

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if self._closed:
            raise StoreUnavailable("the Redis store is closed")
        try:
            yield
        except self._library.RedisError as error:
            raise StoreUnavailable(f"the Redis store cannot be used: {error}") from error

    def _name(self, key: str) -> str:
        return self._values + check_key(key)

    def _try_update(
        self, pipeline: Any, name: str, change: Callable[[Any | None], Any], left: int | None
    ) -> Any:
        pipeline.watch(name)
        text = pipeline.get(name)
        value = change(None if text is None else decode(text))
        new = encode(value, self._max_value)
        pipeline.multi()
        if left is not None and left <= 0:
            pipeline.delete(name)
        else:
            pipeline.set(name, new, px=left)
        pipeline.execute()
        return value

    def _take(self, key: str, owner: str, lease: float) -> bool:
        with self._errors():
            milliseconds = max(1, int(lease * 1000))
            taken = self._take_script(keys=[self._locks + key], args=[owner, milliseconds])
        return bool(taken)

    def _release(self, key: str, owner: str) -> bool:
        with self._errors():
            return bool(self._release_script(keys=[self._locks + key], args=[owner]))


def _load() -> Any:
    try:
        library = importlib.import_module("redis")
        importlib.import_module("redis.backoff")
        importlib.import_module("redis.retry")
    except ImportError as error:
        raise ConfigurationError(
            "RedisStore needs the library redis: pip install 'quick_htag[redis]'"
        ) from error
    return library


def _milliseconds(ttl: float | None) -> int | None:
    seconds = check_ttl(ttl)
    return None if seconds is None else math.ceil(seconds * 1000.0)


def _quoted(text: str) -> str:
    """``text`` as a pattern that fits nothing else."""
    return "".join(f"\\{sign}" if sign in "*?[]^\\" else sign for sign in text)
