"""Opens and closes many sessions of a live app and shows what is left: nothing should be.

python tests/bench/gui_soak.py [sessions] [thread|loop] [rounds]

Each round opens and closes that many; what a leak would add, every round would add again.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import re
import resource
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import htag

from quick_htag import MessageLog, Settings, create_server

WORKERS = 8
PAGE_KIB = resource.getpagesize() // 1024
WARM_UP = 300
SESSION_TIMEOUT = 1.0  # seconds
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MAJOR = 2 if hasattr(htag, "State") else 1
Base: Any = htag.Tag.App if MAJOR == 2 else htag.Tag.div


class App(Base):  # type: ignore[misc]
    """Twenty tags, a handler and a task that never ends."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        for number in range(20):
            self += htag.Tag.span(str(number))
        self += htag.Tag.button("go", _onclick=self.go)
        self.task = asyncio.ensure_future(asyncio.sleep(3600))

    def go(self, _: Any = None) -> None:
        self.clear()


def receive(sock: socket.socket, until: bytes) -> bytes:
    """Read up to some bytes."""
    data = b""
    while until not in data:
        more = sock.recv(65536)
        if not more:
            raise ConnectionError("the server closed the connection")
        data += more
    return data


def visit(port: int) -> None:
    """A visitor without a cookie: page, websocket, greeting, gone."""
    host = f"Host: 127.0.0.1:{port}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.sendall(f"GET / HTTP/1.1\r\n{host}\r\n".encode())
        head = receive(sock, b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(head.decode())
        text = head.decode() if b"</html>" in head else (head + receive(sock, b"</html>")).decode()
    cookie = re.search(r"Set-Cookie: ([^;]+)", text, re.IGNORECASE)
    page = re.search(r'"page": "([^"]+)"', text)
    assert cookie is not None, text[:300]
    assert page is not None, text[:300]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.sendall(
            f"GET /ws?page={page[1]}&seen=0 HTTP/1.1\r\n{host}Cookie: {cookie[1]}\r\n"
            f"Origin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        receive(sock, b'{"hello"')


def rest(server: Any) -> dict[str, int]:
    """What there is when everybody has gone, and one more who makes expired sessions leave."""
    time.sleep(SESSION_TIMEOUT * 1.1)
    visit(server.server_address[1])
    end = time.monotonic() + 30
    while len(server.guis) or server.guis.left_behind() or _gui_threads():
        if time.monotonic() > end:
            break
        time.sleep(0.01)
    gc.collect()
    gc.collect()
    resident = resident_kib()
    return {
        "resident memory, KiB": resident,
        "once free pages are given back": resident_kib(trimmed=True),
        "most there ever was": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "blocks Python has allocated": sys.getallocatedblocks(),  # strings and bytes included
        "objects": len(gc.get_objects()),
        "threads of apps": _gui_threads(),
        "open files": len(list(Path("/proc/self/fd").iterdir())),
        "asyncio tasks": sum(isinstance(one, asyncio.Task) for one in gc.get_objects()),
        "apps": sum(isinstance(one, App) for one in gc.get_objects()),
        "sessions": len(server.sessions),
    }


def resident_kib(*, trimmed: bool = False) -> int:
    """Memory in use; ``trimmed``: after the allocator of glibc gave its free pages back."""
    if trimmed and hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB


def _gui_threads() -> int:
    return sum("quick_htag-gui" in thread.name for thread in threading.enumerate())


def main() -> None:
    """Run it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    isolation = sys.argv[2] if len(sys.argv) > 2 else "thread"
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    settings = Settings(instance_timeout=0.02, session_timeout=SESSION_TIMEOUT)
    with create_server(("", 0), settings=settings, log=MessageLog()) as server:
        server.suppress_noise = True
        server.bind_htag("/", App, isolation=isolation)
        server.start()
        port = server.server_address[1]
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda _: visit(port), range(WARM_UP)))
            found = [rest(server)]
            started = time.perf_counter()
            for _ in range(rounds):
                list(pool.map(lambda _: visit(port), range(count)))
                found.append(rest(server))
            took = time.perf_counter() - started
    print(f"htag {MAJOR}, isolation {isolation}: {rounds} x {count} sessions in {took:.1f} s")
    for name in found[0]:
        print(f"  {name:30} {' -> '.join(f'{one[name]:>8}' for one in found)}")


if __name__ == "__main__":
    main()
