"""RFC 9110 sections 6, 8, 9 and 15: methods, HEAD, OPTIONS, status codes, Date."""

from __future__ import annotations

import email.utils
import time
from typing import TYPE_CHECKING

import pytest

from tests.conformance.raw import FRESH, HELLO, Ask, Raw, asks, judge_ask, request, still_answers
from tests.conformance.served import PAGE, TEXT

if TYPE_CHECKING:
    from tests.conformance.raw import Address

ALLOWED = "405 MUST say what is allowed (section 15.5.6)"


def allow(number: int, method: str, path: str, status: int, allowed: str | None) -> Ask:
    """What is said to be allowed."""
    why = ALLOWED if status == 405 else "section 9.3.7"
    what = f"{method} {path}"
    return Ask(f"9110-15-{number:02}", what, method, path, (), status, why, (("Allow", allowed),))


CASES = [
    allow(1, "DELETE", "/hello", 405, "GET, HEAD, OPTIONS"),
    allow(2, "PUT", "/hello", 405, "GET, HEAD, OPTIONS"),
    allow(3, "POST", "/hello", 405, "GET, HEAD, OPTIONS"),
    allow(4, "PATCH", "/hello", 405, "GET, HEAD, OPTIONS"),
    allow(5, "GET", "/form", 405, "OPTIONS, POST"),
    allow(6, "HEAD", "/form", 405, "OPTIONS, POST"),
    allow(7, "POST", "/files/text.txt", 405, "GET, HEAD, OPTIONS"),
    allow(8, "DELETE", "/files/text.txt", 405, "GET, HEAD, OPTIONS"),
    allow(9, "POST", "/ws", 405, "GET, HEAD, OPTIONS"),
    allow(10, "OPTIONS", "/hello", 204, "GET, HEAD, OPTIONS"),
    allow(11, "OPTIONS", "/form", 204, "OPTIONS, POST"),
    allow(12, "OPTIONS", "/files/text.txt", 204, "GET, HEAD, OPTIONS"),
    allow(13, "OPTIONS", "/echo", 204, "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
    allow(14, "OPTIONS", "/nothing", 404, None),
    allow(15, "OPTIONS", "*", 204, None),
    allow(16, "DELETE", "/nothing", 404, None),
    allow(17, "PATCH", "/files/nothing.txt", 404, None),
    Ask("9110-9.3.1-01", "GET of a file", "GET", "/files/text.txt", (), 200, "",
        (("Content-Length", "36"), ("Content-Type", "text/plain; charset=utf-8")), TEXT),
    Ask("9110-9.3.1-02", "GET of an empty file", "GET", "/files/empty.txt", (), 200, "",
        (("Content-Length", "0"),), b""),
    Ask("9110-15.3.5-01", "204", "GET", "/status204", (), 204, "has no content", (), b""),
    Ask("9110-15.3.6-01", "205", "GET", "/status205", (), 205, "MUST NOT have content",
        (("Content-Length", "0"),), b""),
    Ask("9110-15.4.5-01", "304", "GET", "/status304", (), 304, "has no content", (), b""),
    Ask("9110-15.3.5-02", "HEAD of 204", "HEAD", "/status204", (), 204),
    Ask("9110-15.3.6-02", "HEAD of 205", "HEAD", "/status205", (), 205),
    Ask("9110-15.4.5-02", "HEAD of 304", "HEAD", "/status304", (), 304),
    Ask("9110-15.5.5-01", "404", "GET", "/nothing", (), 404),
    Ask("9110-15.5.5-02", "HEAD of 404", "HEAD", "/nothing", (), 404),
    Ask("9110-15.5.22-01", "no websocket handshake", "GET", "/ws", (), 426,
        "MUST name the protocol (section 7.8)",
        (("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Connection", "Upgrade"))),
    Ask("9110-7.8-01", "upgrade to what nobody knows", "GET", "/hello",
        ("Connection: Upgrade", "Upgrade: foo/1"), 200, "MAY be ignored", (("Upgrade", None),),
        HELLO),
    Ask("9110-7.6.1-01", "Connection names a field", "GET", "/hello",
        ("Connection: X-Own", "X-Own: a"), 200, "", (), HELLO),
    Ask("9110-8.3-01", "Content-Type of a GET", "GET", "/hello", ("Content-Type: a/b",), 200,
        "there is no content it would be about", (), HELLO),
    Ask("9110-8.4-01", "Content-Encoding of a GET", "GET", "/hello", ("Content-Encoding: gzip",),
        200, "ditto", (), HELLO),
    Ask("9110-7.6.2-01", "Max-Forwards", "OPTIONS", "/hello", ("Max-Forwards: 0",), 204,
        "this is the last one anyway"),
    Ask("9110-10.1.3-01", "Referer", "GET", "/hello", ("Referer: nonsense",), 200, "", (), HELLO),
    Ask("9110-10.1.4-01", "TE", "GET", "/hello", ("TE: trailers, deflate;q=0.5",), 200,
        "no coding beside chunked is ever sent", (("Transfer-Encoding", None),), HELLO),
    Ask("9110-10.1.4-02", "TE malformed", "GET", "/hello", ("TE: ;;q=x",), 200, "ditto", (), HELLO),
]  # fmt: skip


@asks(CASES)
def test_case(address: Address, ask: Ask) -> None:
    """Each has the answer the table says, and the connection goes on."""
    judge_ask(address, ask)


@pytest.mark.parametrize(
    "line",
    [
        "TRACE /hello HTTP/1.1",
        "TRACE * HTTP/1.1",
        "CONNECT test:443 HTTP/1.1",
        "PROPFIND / HTTP/1.1",
        "QUERY /hello HTTP/1.1",
        "LINK / HTTP/1.1",
        "PURGE / HTTP/1.1",
        "DEBUG / HTTP/1.1",
        "X / HTTP/1.1",
    ],
)
def test_method_nobody_implements(address: Address, line: str) -> None:
    """501, not 405: no resource has it (section 15.6.2). TRACE would tell cookies to scripts."""
    with Raw(address) as client:
        answer = client.send(request("Cookie: secret=1", start=line)).answer()
        assert (answer.status, answer.field("Allow")) == (501, None)
        assert b"secret" not in answer.body
        assert client.closed()
    still_answers(address)


VARYING = {"Date", "Content-Length", "Transfer-Encoding"}


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("/hello", ()),
        ("/files/text.txt", ()),
        ("/files/page.html", ()),
        ("/files/page.html", ("Accept-Encoding: gzip",)),
        ("/big", ("Accept-Encoding: gzip",)),
        ("/files/empty.txt", ()),
        ("/nothing", ()),
        ("/form", ()),
        ("/stream", ()),
        ("/status204", ()),
        ("/cookies", ()),
        ("/ws", ()),
    ],
)
def test_head_is_get_without_content(address: Address, path: str, lines: tuple[str, ...]) -> None:
    """HEAD has every field of GET, and the length GET would have (sections 8.6, 9.3.2)."""
    with Raw(address) as client:
        got = client.send(request(*lines, start=f"GET {path} HTTP/1.1")).answer()
        head = client.send(request(*lines, start=f"HEAD {path} HTTP/1.1")).answer("HEAD")
        assert client.send(FRESH).answer().body == HELLO  # nothing of a body in between
    assert head.status == got.status
    fields = [[pair for pair in one.fields if pair[0] not in VARYING] for one in (got, head)]
    assert fields[0] == fields[1]
    if head.field("Content-Length") is not None:
        assert head.field("Content-Length") == got.field("Content-Length")


@pytest.mark.parametrize("path", ["/hello", "/nothing", "/files/text.txt", "/status204", "/stream"])
def test_date(address: Address, path: str) -> None:
    """Every answer has one date, in the one format, which is now (sections 5.6.7, 6.6.1)."""
    with Raw(address) as client:
        answer = client.send(request(start=f"GET {path} HTTP/1.1")).answer()
    text = answer.field("Date") or ""
    parsed = email.utils.parsedate_to_datetime(text)
    assert email.utils.format_datetime(parsed, usegmt=True) == text
    assert abs(parsed.timestamp() - time.time()) < 30


def test_page_is_what_the_file_holds(address: Address) -> None:
    """Content arrives as it is (section 6.4)."""
    with Raw(address) as client:
        answer = client.send(request(start="GET /files/page.html HTTP/1.1")).answer()
    assert answer.body == PAGE
    assert answer.field("Content-Type") == "text/html; charset=utf-8"
