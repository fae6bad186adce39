"""The table of handshakes of RFC 6455 section 4, for every address that speaks websocket."""

from __future__ import annotations

from typing import NamedTuple

from tests.conformance.frames import HANDSHAKE, KEY
from tests.conformance.raw import request

UPGRADE, CONNECTION, WORD, VERSION = (name for name, _ in HANDSHAKE)
GET = "GET {} HTTP/1.1"


class Shake(NamedTuple):
    """One handshake.

    Attributes:
        number: the RFC, its section and a number of its own.
        what: what is special about it.
        changes: field to another value, to several, or to None, which leaves it out.
        status: of the answer.
        why: the reason for this and no other outcome.
        start: the request line.
        body: what follows the head.

    """

    number: str
    what: str
    changes: dict[str, str | tuple[str, ...] | None]
    status: int
    why: str = ""
    start: str = GET
    body: bytes = b""


NOT_ASKED = "426 says what this address speaks (RFC 9110 section 15.5.22)"
BAD_KEY = "MUST be 16 bytes in base64 (section 4.2.1)"
OTHER = "426 MUST name our version (section 4.4)"

SHAKES = [
    Shake("6455-4.2.1-01", "the example of the RFC", {}, 101),
    Shake("6455-4.2.1-02", "Upgrade in capitals", {UPGRADE: "WebSocket"}, 101, "has no case"),
    Shake("6455-4.2.1-03", "Connection in capitals", {CONNECTION: "UPGRADE"}, 101, "has no case"),
    Shake("6455-4.2.1-04", "Connection as Firefox sends it", {CONNECTION: "keep-alive, Upgrade"},
          101, "a list"),
    Shake("6455-4.2.1-05", "Upgrade in a list", {UPGRADE: "foo/2, websocket"}, 101, "a list"),
    Shake("6455-4.2.1-06", "two lines of Connection", {CONNECTION: ("keep-alive", "Upgrade")}, 101,
          "a list"),
    Shake("6455-4.2.1-07", "unknown extension", {"Sec-WebSocket-Extensions": "x-own; a=b"}, 101,
          "is not agreed to"),
    Shake("6455-4.2.1-08", "later HTTP/1", {}, 101, "1.1 or higher", "GET {} HTTP/1.2"),
    Shake("6455-4.2.1-09", "Content-Length of 0", {"Content-Length": "0"}, 101, "is no body"),
    Shake("6455-4.2.1-10", "absolute target", {}, 101, "", "GET http://test{} HTTP/1.1"),
    Shake("6455-4.2.1-20", "no Upgrade", {UPGRADE: None}, 426, NOT_ASKED),
    Shake("6455-4.2.1-21", "another Upgrade", {UPGRADE: "h2c"}, 426, NOT_ASKED),
    Shake("6455-4.2.1-22", "Upgrade with version", {UPGRADE: "websocket/13"}, 426, NOT_ASKED),
    Shake("6455-4.2.1-23", "Upgrade that begins alike", {UPGRADE: "websockets"}, 426, NOT_ASKED),
    Shake("6455-4.2.1-24", "empty Upgrade", {UPGRADE: ""}, 426, NOT_ASKED),
    Shake("6455-4.2.1-25", "no-break space in Upgrade", {UPGRADE: "\xa0websocket"}, 426, NOT_ASKED),
    Shake("6455-4.2.1-26", "no Connection", {CONNECTION: None}, 400, "MUST be there"),
    Shake("6455-4.2.1-27", "Connection without Upgrade", {CONNECTION: "keep-alive"}, 400, "ditto"),
    Shake("6455-4.2.1-28", "Connection that begins alike", {CONNECTION: "Upgrades"}, 400, "ditto"),
    Shake("6455-4.2.1-30", "no key", {WORD: None}, 400, BAD_KEY),
    Shake("6455-4.2.1-31", "empty key", {WORD: ""}, 400, BAD_KEY),
    Shake("6455-4.2.1-32", "15 bytes", {WORD: "AAAAAAAAAAAAAAAAAAAA"}, 400, BAD_KEY),
    Shake("6455-4.2.1-33", "17 bytes", {WORD: "AAAAAAAAAAAAAAAAAAAAAAA="}, 400, BAD_KEY),
    Shake("6455-4.2.1-34", "no base64", {WORD: "!!!!!!!!!!!!!!!!!!!!!!=="}, 400, BAD_KEY),
    Shake("6455-4.2.1-35", "URL-safe base64", {WORD: "-_AAAAAAAAAAAAAAAAAAAA=="}, 400, BAD_KEY),
    Shake("6455-4.2.1-36", "no padding", {WORD: KEY.rstrip("=")}, 400, BAD_KEY),
    Shake("6455-4.2.1-37", "space inside", {WORD: "dGhlIHNhbXBs ZSBub25jZQ="}, 400, BAD_KEY),
    Shake("6455-4.2.1-38", "two keys", {WORD: (KEY, KEY)}, 400, "MUST NOT appear more than once"),
    Shake("6455-4.2.1-39", "key not of ASCII", {WORD: "\xe4" * 24}, 400, BAD_KEY),
    Shake("6455-4.2.1-40", "no version", {VERSION: None}, 426, OTHER),
    Shake("6455-4.2.1-41", "version 8", {VERSION: "8"}, 426, OTHER),
    Shake("6455-4.2.1-42", "version 14", {VERSION: "14"}, 426, OTHER),
    Shake("6455-4.2.1-43", "version 0", {VERSION: "0"}, 426, OTHER),
    Shake("6455-4.2.1-44", "a list of versions", {VERSION: "13, 8"}, 426, OTHER),
    Shake("6455-4.2.1-45", "leading zero", {VERSION: "013"}, 426, OTHER),
    Shake("6455-4.2.1-46", "plus", {VERSION: "+13"}, 426, OTHER),
    Shake("6455-4.2.1-47", "fraction", {VERSION: "13.0"}, 426, OTHER),
    Shake("6455-4.2.1-48", "two versions", {VERSION: ("13", "13")}, 426,
          "MUST NOT appear more than once (section 11.3.5)"),
    Shake("6455-4.2.1-49", "empty version", {VERSION: ""}, 426, OTHER),
    Shake("6455-4.1-01", "HTTP/1.0", {}, 400, "1.1 at least", "GET {} HTTP/1.0"),
    Shake("6455-4.1-02", "POST", {}, 405, "MUST be GET", "POST {} HTTP/1.1"),
    Shake("6455-4.1-03", "HEAD", {}, 400, "MUST be GET", "HEAD {} HTTP/1.1"),
    Shake("6455-4.1-04", "no Host", {"Host": None}, 400, "as for every request"),
    Shake("6455-4.1-05", "two Hosts", {"Host": ("test", "test")}, 400, "as for every request"),
    Shake("6455-4.1-06", "Content-Length", {"Content-Length": "3"}, 400,
          "a body would be read as frames", body=b"abc"),
    Shake("6455-4.1-07", "chunked", {"Transfer-Encoding": "chunked"}, 400,
          "a body would be read as frames", body=b"0\r\n\r\n"),
    Shake("6455-4.1-08", "only the version", {UPGRADE: None, CONNECTION: None, WORD: None}, 426,
          NOT_ASKED),
    Shake("6455-10.2-01", "page of this server", {"Origin": "http://test"}, 101),
    Shake("6455-10.2-02", "page of another server", {"Origin": "http://evil.example"}, 403,
          "SHOULD be verified: browsers send cookies with it"),
    Shake("6455-10.2-03", "other port", {"Origin": "http://test:81"}, 403, "another origin"),
    Shake("6455-10.2-04", "other scheme", {"Origin": "https://test"}, 403, "another origin"),
    Shake("6455-10.2-05", "null", {"Origin": "null"}, 403, "an opaque origin"),
    Shake("6455-10.2-06", "empty", {"Origin": ""}, 403, "no origin"),
    Shake("6455-10.2-07", "two", {"Origin": ("http://test", "http://test")}, 403, "no origin"),
    Shake("6455-10.2-08", "our host at the end", {"Origin": "http://evil.example/test"}, 403, ""),
    Shake("6455-10.2-09", "our host at the begin", {"Origin": "http://test.evil.example"}, 403, ""),
    Shake("6455-10.2-10", "our host as user", {"Origin": "http://test@evil.example"}, 403, ""),
]  # fmt: skip


def head_of(shake: Shake, path: str, **more: str) -> bytes:
    """The bytes of a handshake, with fields that this address needs."""
    fields: dict[str, str | tuple[str, ...] | None] = {"Host": "test", **dict(HANDSHAKE), **more}
    fields.update(shake.changes)
    lines = []
    for name, value in fields.items():
        values = value if isinstance(value, tuple) else (value,)
        lines += [f"{name}: {one}" for one in values if one is not None]
    return request(*lines, start=shake.start.format(path), host=False, body=shake.body)
