"""What hostile clients cost: latency of a normal client, memory, threads and files during each.

python tests/soak/hostile_report.py [seconds] [word]   prints a table; an attack lasts 4 seconds by
default, and with a word those with it in their names are tried

The server has its default limits, but for ``max_connections``. Server, attacker and normal client
are processes of their own on one machine, so the attacker takes processor time from the others.
Linux only.
"""

from __future__ import annotations

import contextlib
import json
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from visitors import RESET, get, raw  # noqa: E402

LIMIT = 30.0
MOST = 3000  # connections the server takes
HANDSHAKE = (
    "GET {} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PINGS = b"\x89\x80\0\0\0\0" * 5000
BODY = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
Attack = Callable[[str, threading.Event], "contextlib.AbstractContextManager[str]"]


@contextlib.contextmanager
def nothing(url: str, stop: threading.Event) -> Iterator[str]:
    """Nobody else."""
    yield ""


def holding(count: int, data: bytes, dribble: bytes = b"", read: int = 0) -> Attack:
    """Connections that send ``data``, and later a byte now and then, or read so many bytes."""

    @contextlib.contextmanager
    def attack(url: str, stop: threading.Event) -> Iterator[str]:
        held = [raw(url, data) for _ in range(count)]
        thread = threading.Thread(target=_keep_at_it, args=(held, dribble, read, stop))
        thread.start()
        try:
            yield ""
        finally:
            stop.set()
            thread.join()
            for sock in held:
                sock.close()

    return attack


def _keep_at_it(held: list[socket.socket], data: bytes, read: int, stop: threading.Event) -> None:
    for sock in held:
        sock.setblocking(False)
    while not stop.wait(1.0):
        for sock in held:
            with contextlib.suppress(OSError):
                if data:
                    sock.send(data)
                if read:
                    sock.recv(read)


def busy(threads: int, work: Callable[[str], Any]) -> Attack:
    """Threads that do something as often as they can."""

    @contextlib.contextmanager
    def attack(url: str, stop: threading.Event) -> Iterator[str]:
        counts: list[int] = [0] * threads

        def run(number: int) -> None:
            while not stop.is_set():
                with contextlib.suppress(OSError, requests.RequestException):
                    work(url)
                counts[number] += 1

        made = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
        for thread in made:
            thread.start()
        try:
            yield ""
        finally:
            stop.set()
            for thread in made:
                thread.join()

    return attack


def resets(url: str) -> None:
    """Connect, perhaps ask, and break off."""
    for data in (b"", get("/json"), get("/files/large.txt")):
        sock = raw(url, data)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sock.close()


def pings(url: str) -> None:
    """A websocket with nothing but pings."""
    with contextlib.closing(raw(url, HANDSHAKE.format("/echo-ws").encode())) as sock:
        sock.recv(4096)
        for _ in range(100):
            sock.sendall(PINGS)
            sock.recv(1 << 20)


def cookies(url: str) -> None:
    """Requests with 30 KB of cookies, one after the other."""
    field = "Cookie: " + "; ".join(f"name{number}={'x' * 60}" for number in range(400))
    head = f"GET /remember HTTP/1.1\r\nHost: localhost\r\n{field}\r\n\r\n".encode()
    with contextlib.closing(raw(url)) as sock:
        for _ in range(50):
            sock.sendall(head)
            sock.recv(65536)


def sessions(url: str) -> None:
    """A new session with each request."""
    with contextlib.closing(raw(url)) as sock:
        for _ in range(50):
            sock.sendall(get("/remember"))
            sock.recv(65536)


def jobs(url: str) -> None:
    """Jobs that nobody fetches."""
    with requests.Session() as session:
        for _ in range(50):
            start = {"action": "start", "payload": {"count": 1000, "pause": 1.0}}
            session.post(f"{url}job", json=start, timeout=LIMIT)


def events(url: str) -> None:
    """A page that sends events as fast as it can."""
    from gui_client import Page

    page = Page(f"{url}app/")
    try:
        page.open()
        click = page.event_of("more")
        while True:
            page.send(click)
    except Exception:  # the server has closed it
        page.socket.socket.close()  # no closing handshake


def posts(url: str) -> None:
    """A page that posts its events, a thousand at a time, as fast as it can."""
    from gui_client import Page

    page = Page(f"{url}app/")
    click, headers = page.event_of("more"), {"Origin": url.rstrip("/")}
    for first in range(1, 100_000, 1000):
        texts = [json.dumps({"n": first + number, "p": click}) for number in range(1000)]
        where = f"{url}app/event?page={page.config['page']}"
        page.visitor.post(where, json=texts, headers=headers, timeout=LIMIT).raise_for_status()


def lines(*texts: str | bytes) -> Callable[[str], None]:
    """A page that sends what is no event, is closed, and comes again."""

    def attack(url: str) -> None:
        from gui_client import Page

        page = Page(f"{url}app/")
        for _ in range(50):
            with contextlib.suppress(Exception):  # the server closes it
                page.open()
                for _ in range(100):
                    for text in texts:
                        page.socket.send(text)
            if page.socket is not None:
                page.socket.socket.close()

    return attack


@contextlib.contextmanager
def flood(url: str, stop: threading.Event) -> Iterator[str]:
    """More connections than the server takes; then they leave."""
    held = []
    for _ in range(MOST + 500):
        with contextlib.suppress(OSError):
            held.append(raw(url))
    answer = b""
    with contextlib.suppress(OSError), contextlib.closing(raw(url, get("/json"))) as sock:
        answer = sock.recv(4096)
    for sock in held:
        sock.close()
    said = answer.split(b"\r\n")[0].decode()
    yield f"answered {said!r}, {b'Retry-After' in answer}; measured after they have left"


ATTACKS: dict[str, Attack] = {
    "nobody": nothing,
    "2,000 idle connections": holding(2000, b""),
    "2,000 idle after a request": holding(2000, get("/json")),
    "500 slow heads": holding(500, b"GET / HTTP/1.1\r\n", b"a"),
    "500 slow bodies": holding(500, BODY, b"a"),
    "200 slow readers of a file": holding(200, get("/files/large16.txt"), b"", 1),
    "200 slow readers of a generator": holding(200, get("/stream"), b"", 1),
    "200 slow readers of events": holding(200, get("/events"), b"", 1),
    "200 slow readers of a websocket": holding(200, HANDSHAKE.format("/flood-ws").encode(), b"", 1),
    "200 half-closed connections": holding(200, get("/json")[:-2]),
    f"{MOST + 500:,} connections": flood,
    "4 that flood with pings": busy(4, pings),
    "4 that flood an app with events": busy(4, events),
    "4 that flood an app with posts": busy(4, posts),
    "4 that send no events": busy(4, lines("", "x", "[" * 10_000, '{"n": 1, "p": 1}', b"x")),
    "4 that send huge events": busy(4, lines('{"n": 1, "p": {"x": "' + "y" * (2 << 20) + '"}}')),
    "40 sessions that flood their apps": busy(40, events),
    "4 that reset": busy(4, resets),
    "4 with giant cookies": busy(4, cookies),
    "4 that make sessions": busy(4, sessions),
    "4 that start jobs": busy(4, jobs),
}


def probe(url: str, seconds: float) -> None:
    """A normal client: one request at a time on one connection; prints how long it waited."""
    waited: list[float] = []
    failed = 0
    end = time.monotonic() + seconds
    with requests.Session() as session:
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                session.get(f"{url}json", timeout=LIMIT).raise_for_status()
            except requests.RequestException:
                failed += 1
            waited.append(time.monotonic() - began)
            time.sleep(0.01)
    waited.sort()
    told = [statistics.median(waited), waited[int(len(waited) * 0.99)], waited[-1]]
    print(json.dumps([round(one * 1000, 1) for one in told] + [failed]))


def figures(pid: int) -> tuple[int, int, int]:
    """Memory in MiB, threads, open files."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return int(status["VmRSS"].split()[0]) // 1024, int(status["Threads"]), files


def measure(name: str, attack: Attack, seconds: float) -> tuple[str, ...]:
    """One line of the table, of a server of its own."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        (Path(folder) / "large16.txt").write_bytes(bytes(1 << 24))
        command = [sys.executable, HERE / "served.py", folder, str(MOST)]
        pipe = subprocess.PIPE
        server: Any = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True)
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/"
        stop = threading.Event()
        try:
            with attack(url, stop) as remark:
                found = subprocess.run(
                    [sys.executable, __file__, "probe", url, str(seconds)],
                    capture_output=True,
                    text=True,
                    check=True,
                    timeout=LIMIT + seconds,
                )
                memory, threads, files = figures(server.pid)
            middle, late, most, failed = json.loads(found.stdout)
        finally:
            stop.set()
            server.stdin.close()
            server.wait(LIMIT)
            server.stdout.close()
    if remark:
        print(f"{name}: {remark}", file=sys.stderr)
    return name, str(middle), str(late), str(most), str(failed), *map(str, (memory, threads, files))


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["probe"]:
        probe(sys.argv[2], float(sys.argv[3]))
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    names = ("clients", "median ms", "99 %", "most", "failed", "MiB", "threads", "files")
    rows = [names]
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    for name, attack in ATTACKS.items():
        if wanted not in name:
            continue
        rows.append(measure(name, attack, seconds))
        print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    widths = [max(len(row[column]) for row in rows) for column in range(len(names))]
    line = "  ".join("=" * width for width in widths)
    print(line)
    for number, row in enumerate(rows):
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
        if number == 0:
            print(line)
    print(line)


if __name__ == "__main__":
    main()
