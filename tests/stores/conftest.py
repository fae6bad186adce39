"""Stores to test with: each kind, the real Redis included, where its program is installed."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag.interfaces import Store
from quick_htag.stores.memory import MemoryStore
from quick_htag.stores.redis import RedisStore
from quick_htag.stores.sqlite import SQLiteStore

StoreFactory = Callable[..., Store]


def _until(found: Callable[[], Any], timeout: float = 10.0) -> Any:
    """What ``found`` gives as soon as that is true."""
    end = time.monotonic() + timeout
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)
    return value


@pytest.fixture
def until() -> Callable[..., Any]:
    """Waits for something that a store or process does by itself."""
    return _until


class RedisServer:
    """A Redis of the tests, at a socket in a folder of its own."""

    def __init__(self, program: str, folder: Path) -> None:
        self._command = [program, "--port", "0", "--unixsocket", str(folder / "redis.sock")]
        self._command += ["--dir", str(folder), "--save", "", "--appendonly", "yes"]
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        """Start it, with what it had before, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        _until(self._answers)

    def stop(self) -> None:
        """End it; connections are lost."""
        self._process.terminate()
        self._process.wait(10.0)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5.0)
            try:
                sock.connect(str(self._socket))
                sock.sendall(b"PING\r\n")
                return sock.recv(100).startswith(b"+PONG")
            except OSError:
                return False


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The real Redis; skips where its program is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:  # pytest's are too long for the name of a socket
        server = RedisServer(program, Path(folder))
        yield server
        server.stop()


@pytest.fixture
def shared_options(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Kind and arguments of a store that processes share; parametrised indirectly by kind."""
    if request.param == "sqlite":
        return ["sqlite", str(tmp_path / "store.db")]
    url = request.getfixturevalue("redis_server").url
    return ["redis", url, f"{secrets.token_hex(8)}:"]


@pytest.fixture(params=["memory", "sqlite", "redis"])
def make_store(
    request: pytest.FixtureRequest, tmp_path: Path, no_thread_left: None
) -> Iterator[StoreFactory]:
    """Makes a store of each kind; all that a test makes have the same data, but in memory."""
    made: list[Store] = []
    prefix = f"{secrets.token_hex(8)}:"
    url = request.getfixturevalue("redis_server").url if request.param == "redis" else ""

    def make(**options: Any) -> Store:
        if request.param == "memory":
            store: Store = MemoryStore(**options)
        elif request.param == "redis":
            store = RedisStore(url, prefix=prefix, **options)
        else:
            store = SQLiteStore(tmp_path / "store.db", **options)
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: StoreFactory) -> Store:
    """An empty store of each kind."""
    return make_store()
