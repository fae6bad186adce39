"""The server of the soak: something of everything, forgetting quickly; tells its own figures.

python tests/soak/served.py FOLDER [CONNECTIONS]   prints its port; ends with its standard input

With a number, it takes so many connections and has its default limits and times otherwise.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS.parent), str(TESTS / "bench")]

from gui_apps import App  # noqa: E402

from quick_htag import Settings, create_server, progress  # noqa: E402

EVENT = "x" * 4000
QUICK = Settings(
    instance_timeout=0.3,
    connect_timeout=4.0,
    session_timeout=2.0,
    job_result_ttl=2.0,
    job_cargo_ttl=2.0,
    thread_idle_timeout=0.5,
    keep_alive_timeout=2.0,
    header_timeout=2.0,
    body_timeout=4.0,
    send_timeout=4.0,
    upload_report_kept=1.0,
    proxy_idle_timeout=0.5,
    websocket_ping_interval=2.0,
    websocket_ping_timeout=4.0,  # one that polls and leaves is there so long, see ``REST``
    max_instances_per_address=2_000,
)


def figures(req: Any, args: Any) -> dict[str, int]:
    """What the process has right now."""
    for _ in range(3):
        gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "memory, KiB": pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        "blocks": sys.getallocatedblocks(),
        "objects": len(gc.get_objects()),
        "threads": threading.active_count(),
        "files": len(list(Path("/proc/self/fd").iterdir())),
    }


def build(folder: Path, other: str, settings: Settings) -> Any:
    """A server with everything; ``other`` is where the proxy leads."""
    server = create_server(("127.0.0.1", 0), settings=settings)
    server.suppress_noise = True
    server.json_get("/json", 0)(lambda req, args: {"a": list(range(20))})
    server.json_get("/figures", 0)(figures)
    server.json_post("/echo", 0)(lambda req, args: args["post"])
    server.json_post("/upload", 0)(lambda req, args: sum(f.size for f in args["files"].values()))
    server.text_get("/stream", 0)(lambda req, args: _pieces())
    server.json_get("/remember", 0)(_remember)
    server.json_worker("/job")(_job)
    server.bind_path("/files/", str(folder))
    server.bind_htag("/app", App)
    server.bind_proxy("/px/", other)

    @server.websocket("/echo-ws")
    def echo(ws: Any) -> None:
        for message in ws:
            ws.send(message)

    @server.websocket("/flood-ws")
    def flood(ws: Any) -> None:
        while True:
            ws.send("x" * 10_000)

    @server.websocket("/echo-async")
    async def echo_async(ws: Any) -> None:
        async for message in ws:
            await ws.send(message)

    @server.sse("/events")
    def events(req: Any, args: Any) -> Iterator[str]:
        for number in range(1_000_000):
            yield f"{number} {EVENT}"

    return server


def _pieces() -> Iterator[bytes]:
    for _ in range(64):
        yield b"x" * (1 << 18)


def _remember(req: Any, args: Any) -> int:
    req.session["seen"] = req.session.get("seen", 0) + 1
    return int(req.session["seen"])


def _job(payload: dict[str, Any]) -> Iterator[int]:
    for number in range(payload["count"]):
        progress(number / payload["count"], "counting")
        yield number
        threading.Event().wait(payload["pause"])


def main() -> None:
    """Serve until nobody holds our standard input any more."""
    folder = Path(sys.argv[1])
    (folder / "large.txt").write_bytes(b"0123456789abcdef" * (1 << 16))
    (folder / "small.txt").write_bytes(b"small")
    settings = QUICK if len(sys.argv) < 3 else Settings(max_connections=int(sys.argv[2]))
    behind = build(folder, "http://127.0.0.1:9/", settings)
    server = build(folder, behind.url, settings)
    behind.trusted_proxies = ["127.0.0.1"]  # else the pages of the first are other sites to it
    behind.start()
    server.start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    for one in (server, behind):
        one.shutdown()
        one.server_close()


if __name__ == "__main__":
    main()
