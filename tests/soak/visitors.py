"""What the visitors of the soak do: each function is one visit, well-behaved or not."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import connect

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS.parent), str(TESTS / "live_apps")]

from gui_client import Page  # noqa: E402
from gui_lines import SocketVisitor  # noqa: E402

LIMIT = 30.0
RESET = struct.pack("ii", 1, 0)  # SO_LINGER that sends a reset


class Wrong(Exception):
    """An answer that is not what was promised."""


def check(found: Any, wanted: Any) -> None:
    """Raise when they differ."""
    if found != wanted:
        raise Wrong(f"{found!r} instead of {wanted!r}"[:300])


def raw(url: str, data: bytes = b"") -> socket.socket:
    """A connection that has sent ``data``."""
    host, port = re.findall(r"//(.*):(\d+)", url)[0]
    sock = socket.create_connection((host, int(port)), LIMIT)
    sock.sendall(data)
    return sock


def get(path: str) -> bytes:
    """A request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


# -- well-behaved ----------------------------------------------------------------------------------


def asks_for_json(url: str) -> None:
    """Some requests on one connection."""
    with requests.Session() as session:
        for _ in range(random.randint(1, 20)):
            check(len(session.get(f"{url}json", timeout=LIMIT).json()["a"]), 20)
        answer = session.post(f"{url}echo", json={"a": [1, "x"]}, timeout=LIMIT)
        check(answer.json(), {"a": [1, "x"]})


def has_a_session(url: str) -> None:
    """Is recognised."""
    with requests.Session() as session:
        for number in (1, 2, 3):
            check(session.get(f"{url}remember", timeout=LIMIT).json(), number)


def fetches_files(url: str) -> None:
    """A whole file, a part, and one that has not changed."""
    with requests.Session() as session:
        whole = session.get(f"{url}files/large.txt", timeout=LIMIT)
        check(len(whole.content), 1 << 20)
        part = session.get(f"{url}files/large.txt", headers={"Range": "bytes=16-31"}, timeout=LIMIT)
        check(part.content, b"0123456789abcdef")
        known = {"If-None-Match": whole.headers["ETag"]}
        check(session.get(f"{url}files/large.txt", headers=known, timeout=LIMIT).status_code, 304)


def uploads(url: str) -> None:
    """A file that is spooled, or a small one."""
    size = random.choice([10, 100_000, 3_000_000])
    answer = requests.post(f"{url}upload", files={"file": ("a.bin", bytes(size))}, timeout=LIMIT)
    check(answer.json(), size)


def runs_a_job(url: str) -> None:
    """To its end, or stops it, or forgets it."""
    with requests.Session() as session:
        payload = {"count": 5, "pause": random.choice([0.0, 0.02])}
        start = {"action": "start", "payload": payload}
        told = session.post(f"{url}job", json=start, timeout=LIMIT).json()
        what = random.choice(["wait", "stop", "forget"])
        end = time.monotonic() + LIMIT
        while what == "wait" and not told["done"]:
            if time.monotonic() > end:
                raise Wrong("the job does not end")
            time.sleep(0.02)
            again = {"action": "get", "token": told["token"]}
            told = session.post(f"{url}job", json=again, timeout=LIMIT).json()
        if what == "wait":
            check(json.loads(told["result"]), [0, 1, 2, 3, 4])
        elif what == "stop":
            session.post(f"{url}job", json={**told, "action": "stop"}, timeout=LIMIT)


def uses_an_app(url: str) -> None:
    """A page over a websocket, with clicks."""
    with requests.Session() as visitor:
        page = Page(f"{url}app/", visitor)
        with contextlib.closing(page):
            page.open()
            for _ in range(random.randint(1, 10)):
                page.click("more")


def uses_an_app_without_websockets(url: str) -> None:
    """A page over server-sent events or polls."""
    with SocketVisitor(url, random.choice(["sse", "poll"])) as visitor:
        page = visitor.get("/app/").text
        token = re.findall(r'"page": "([^"]+)"', page)[0]
        line = visitor.websocket(f"/app/ws?page={token}&seen=0")
        while '"hello"' not in line.receive(LIMIT):
            continue


def loads_a_page_and_leaves(url: str) -> None:
    """The app waits for a connection that never comes."""
    check(requests.get(f"{url}app/", timeout=LIMIT).status_code, 200)


def chats(url: str) -> None:
    """A websocket of the server's own, on a thread, on the loop, or behind the proxy."""
    path = random.choice(["echo-ws", "echo-async", "px/echo-ws"])
    with connect(f"{url}{path}".replace("http", "ws", 1), origin=url.rstrip("/")) as ws:
        for size in (1, 1000, 100_000):
            ws.send("x" * size)
            check(len(ws.recv(LIMIT)), size)


def listens(url: str) -> None:
    """Takes some events and leaves."""
    with contextlib.closing(raw(url, get("/events"))) as sock:
        check(sock.recv(12), b"HTTP/1.1 200")
        for _ in range(random.randint(1, 10)):
            sock.recv(4096)


def asks_the_proxy(url: str) -> None:
    """What another server answers."""
    with requests.Session() as session:
        for _ in range(3):
            check(len(session.get(f"{url}px/json", timeout=LIMIT).json()["a"]), 20)
        answer = session.get(f"{url}px/files/large.txt", timeout=LIMIT)
        check(len(answer.content), 1 << 20)


def takes_a_stream(url: str) -> None:
    """All of it."""
    check(len(requests.get(f"{url}stream", timeout=LIMIT).content), 1 << 24)


# -- ill-behaved -----------------------------------------------------------------------------------


def breaks_off(url: str) -> None:
    """In the middle of something, by a reset or an orderly end."""
    upload = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n"
    upload += b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + bytes(2_000_000)
    handshake = (
        b"GET /echo-ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    paths = ["/json", "/stream", "/files/large.txt", "/events", "/px/stream", "/app/"]
    begun = [*map(get, paths), upload, handshake, b"GET / HT", b"", b"\r\n", b"\x16\x03\x01"]
    with contextlib.suppress(OSError):
        sock = raw(url, random.choice(begun))
        if random.random() < 0.5:
            sock.recv(random.choice([1, 1000, 100_000]))
        if random.random() < 0.5:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.close()


def dawdles(url: str) -> None:
    """Sends or takes a byte now and then, until the server has enough of it."""
    slow = [get("/files/large.txt"), get("/stream"), get("/px/stream"), get("/events")]
    body = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n"
    sends = random.random() < 0.5
    begun = random.choice([b"GET / HTTP/1.1\r\n", body]) if sends else random.choice(slow)
    end = time.monotonic() + 6.0
    with contextlib.suppress(OSError), contextlib.closing(raw(url, begun)) as sock:
        while time.monotonic() < end:
            if sends:
                sock.sendall(b"a")
            elif not sock.recv(1):
                return
            time.sleep(0.1)


def says_nothing(url: str) -> None:
    """Connects, or half-closes, and is silent."""
    with contextlib.suppress(OSError), contextlib.closing(raw(url)) as sock:
        if random.random() < 0.5:
            sock.shutdown(socket.SHUT_WR)
        sock.settimeout(3.0)
        sock.recv(1)


VISITS: tuple[Callable[[str], None], ...] = (
    asks_for_json,
    has_a_session,
    fetches_files,
    uploads,
    runs_a_job,
    uses_an_app,
    uses_an_app_without_websockets,
    loads_a_page_and_leaves,
    chats,
    listens,
    asks_the_proxy,
    takes_a_stream,
    breaks_off,
    breaks_off,
    breaks_off,
    dawdles,
    says_nothing,
)
