"""Small requests that would take much time or memory."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import socket
import struct
import subprocess
import sys
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

    Serve = Callable[..., QuickServer]

PATIENCE = 40.0  # seconds; what is not linear takes minutes
TYPE = "Content-Type: application/json"
MIB = 1024 * 1024


@pytest.fixture
def server(serve: Serve) -> QuickServer:
    """One that gives back what it gets."""
    server = serve()

    @server.json_post("/json", 0)
    def echo(req: Any, args: Any) -> Any:
        return len(str(args["post"]))

    @server.json_get("/get")
    def get(req: Any, args: Any) -> Any:
        return len(args["query"])

    return server


def timed(ask: Any, *args: Any, **options: Any) -> Any:
    """An answer that comes in time."""
    started = time.perf_counter()
    answer = ask(*args, **options)
    assert time.perf_counter() - started < PATIENCE
    return answer


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1000 + b"]" * 1000,
        b"[" * MIB,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'[{"a":' * 5000 + b"1" + b"}]" * 5000,
        b"9" * MIB,
        b"[-" + b"9" * 1001 + b"]",
        b'{"a": ' + b"1" * 100_000 + b"}",
    ],
)
def test_json_that_is_deep_or_has_long_numbers_is_refused(
    server: Any, ask: Any, body: bytes
) -> None:
    """With 400, and the next request is answered."""
    assert timed(ask, server, "/json", TYPE, method="POST", body=body).status == 400
    assert ask(server, "/json", TYPE, method="POST", body=b"[[1]]").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"1e" + b"9" * 10_000,
        b"0." + b"1" * MIB,
        b'"' + b"\\u0041" * 100_000 + b'"',
        b'"' + b"\\" * 2 * 100_000 + b'"',
        b"[" + b"1," * 300_000 + b"1]",
        b" " * MIB + b"1",
    ],
)
def test_json_that_is_only_long_is_read(server: Any, ask: Any, body: bytes) -> None:
    """In a time that grows with its length."""
    assert timed(ask, server, "/json", TYPE, method="POST", body=body).status == 200


def test_json_that_is_large_is_refused(server: Any, ask: Any) -> None:
    """With 413, before it is taken apart: lists of lists take forty times their text."""
    body = b"[" + b"[[]]," * (4 * MIB) + b"1]"
    assert timed(ask, server, "/json", TYPE, method="POST", body=body).status == 413


def colliding(count: int) -> list[str]:
    """Names that have one hash in the functions of other languages: "Ez" and "FY" do."""
    width = max(1, (count - 1).bit_length())
    pairs = ("Ez", "FY")
    return ["".join(pairs[number >> bit & 1] for bit in range(width)) for number in range(count)]


def test_names_that_collide_elsewhere_take_no_longer(server: Any, ask: Any) -> None:
    """Python's hash of text has a secret of each process; there are 60,000 of them."""
    body = json.dumps(dict.fromkeys(colliding(60_000), 1)).encode()
    assert timed(ask, server, "/json", TYPE, method="POST", body=body).status == 200


def test_the_hash_of_text_is_secret() -> None:
    """Two processes do not agree on it, unless their environment switches that off."""
    command = [sys.executable, "-c", "print(hash('Ez'))"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    told = {subprocess.check_output(command, env=clean, timeout=60) for _ in range(3)}
    assert len(told) > 1


def test_forms_have_a_limit_of_fields(server: Any, ask: Any) -> None:
    """Both kinds: 413 before they are taken apart."""
    kind = "Content-Type: application/x-www-form-urlencoded"
    body = "&".join(f"{name}=1" for name in colliding(20_000)).encode()
    assert timed(ask, server, "/json", kind, method="POST", body=body).status == 413
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    kind = "Content-Type: multipart/form-data; boundary=b"
    data = part * 20_000 + b"--b--"
    assert timed(ask, server, "/json", kind, method="POST", body=data).status == 413


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "x-gzip, gzip", "zstd"])
def test_a_compressed_body_is_not_unpacked(server: Any, ask: Any, coding: str) -> None:
    """Many MiB of zeros are what they are: some bytes that are no JSON."""
    packed = gzip.compress(bytes(16 * MIB), 1) if "gzip" in coding else zlib.compress(bytes(MIB))
    field = f"Content-Encoding: {coding}"
    assert timed(ask, server, "/json", TYPE, field, method="POST", body=packed).status in (400, 415)


PATTERNS = ["a" * 30_000, "," * 30_000, " " * 30_000, "\t" * 30_000, '"' * 30_000, "=" * 30_000]
PATTERNS += [
    ";a=" * 10_000,
    '"\\' * 15_000,
    "a;q=" * 7000,
    "W/" * 15_000,
    "-" * 30_000,
    "(" * 30_000,
]
PATTERNS += [
    "for=[" * 6000,
    "0," * 15_000,
    ":" * 30_000,
    "/" * 30_000,
    'a="\\"' * 6000,
    "[" * 30_000,
]


@pytest.mark.parametrize(
    "name",
    [
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "Connection",
        "Content-Type",
        "Cookie",
        "Forwarded",
        "If-Match",
        "If-Modified-Since",
        "If-None-Match",
        "If-Range",
        "Origin",
        "Range",
        "Referer",
        "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Protocol",
        "Upgrade",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Prefix",
    ],
)
def test_no_field_takes_longer_than_its_length(server: Any, ask: Any, name: str) -> None:
    """No pattern goes over it again and again (ReDoS)."""
    server.trusted_proxies = ["127.0.0.1"]
    server.gzip = True
    server.cross_origin = ["http://a.example"]
    started = time.perf_counter()
    for value in PATTERNS:
        assert ask(server, "/get/x", f"{name}: {value}").status < 500
    assert time.perf_counter() - started < PATIENCE


@pytest.mark.parametrize("escape", ["\\1", '\\"', "\\054"])
def test_cookies_with_many_escapes_take_no_longer(server: Any, ask: Any, escape: str) -> None:
    """``SimpleCookie`` of some versions of Python takes seconds for each."""
    value = escape * (30_000 // len(escape))
    started = time.perf_counter()
    for _ in range(8):
        assert ask(server, "/get/x", f'Cookie: a="{value}"').status == 200
    assert time.perf_counter() - started < PATIENCE


def test_names_of_files_with_many_accents_take_no_longer(server: Any, ask: Any) -> None:
    """Sorting the accents of one letter takes a time that grows with their square."""
    name = "a" + "\u0301\u0316" * 3500
    part = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n1\r\n'
    kind = "Content-Type: multipart/form-data; boundary=b"
    body = part.encode() * 120 + b"--b--"
    assert timed(ask, server, "/json", kind, method="POST", body=body).status == 200


@pytest.mark.parametrize(
    "pattern", ["*a*a*a*a*a*a*a*a*a*b", "*?*?*?*?*?*?*z", "[a-z]*[a-z]*[a-z]*[!a]"]
)
def test_patterns_of_files_are_matched_in_time(
    serve: Any, ask: Any, tmp_path: Any, pattern: str
) -> None:
    """Whatever a developer writes, and a client asks for."""
    server = serve()
    (tmp_path / ("a" * 200)).write_text("x")
    server.bind_path("/", str(tmp_path))
    server.add_file_patterns([pattern], True)
    timed(ask, server, "/" + "a" * 200)


def test_many_routes_and_a_long_path_take_no_longer(serve: Any, ask: Any) -> None:
    """Names and literals that all fit: as many ways as there are routes, and not more."""
    server = serve()
    for number in range(1, 9):
        for bits in range(2 ** min(number, 6)):
            parts = ["a" if bits >> place & 1 else f":n{place}" for place in range(number)]
            server.json_get("/" + "/".join(parts), 0)(lambda req, args: 1)
    for path in ("/" + "a/" * 3000, "/" + "/" * 6000, "/" + "a/../" * 1500, "/" + "%61" * 2000):
        assert timed(ask, server, path).status in (200, 404)


def test_a_websocket_message_that_unpacks_to_much_is_refused(serve: Serve) -> None:
    """With 1009, and before it is unpacked."""
    server = serve(settings=Settings(websocket_max_message=MIB))
    got: list[int] = []

    @server.websocket("/ws", compression="deflate")
    def handler(ws: Any) -> None:
        for message in ws:
            got.append(len(message))

    packer = zlib.compressobj(9, zlib.DEFLATED, -12)
    bomb = packer.compress(bytes(32 * MIB)) + packer.flush(zlib.Z_SYNC_FLUSH)
    size = struct.pack(">Q", len(bomb) - 4)  # without what ends every message (RFC 7692)
    frame = b"\xc2\xff" + size + bytes(4) + bomb[:-4]
    host, port = server.server_address[:2]
    head = (
        f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )
    with socket.create_connection((host, port), 20) as sock:
        sock.sendall(head.encode())
        with contextlib.suppress(OSError):  # it has refused before all of it has arrived
            sock.sendall(frame)
        with sock.makefile("rb") as file:
            while file.readline() != b"\r\n":
                pass
            close = file.read(4)
    assert close[0] == 0x88
    assert struct.unpack(">H", close[2:]) == (1009,)
    assert got == []
