"""RFC 9112 section 9, RFC 9110 section 10.1.1: persistence, pipelining, 100-continue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.raw import (
    CLOSED,
    EITHER,
    FRESH,
    HELLO,
    KEPT,
    Case,
    Raw,
    judge,
    params,
    post,
    request,
    still_answers,
)

if TYPE_CHECKING:
    from tests.conformance.raw import Address

OLD = "GET /hello HTTP/1.0"
CLOSE = "close is said, so it ends after this answer (section 9.6)"
IGNORED = "nothing after a request that closes is handled (section 9.6)"
IN_ORDER = "answers come in the order of the requests (section 9.3.2)"
ENDS = "after a request that cannot be understood nothing is certain"
BAD = b"GET / HTTP/1.1\r\n\r\n"  # without a Host
CONTINUE = "Expect: 100-continue"


def ask(*lines: str, start: str = "GET /hello HTTP/1.1") -> bytes:
    """A request."""
    return request(*lines, start=start)


CASES = [
    # -- persistence, section 9.3
    Case("9112-9.3-01", "nothing said in 1.1", ask(), (200,), KEPT, "is the default"),
    Case("9112-9.3-02", "close", ask("Connection: close"), (200,), CLOSED, CLOSE),
    Case("9112-9.3-03", "close in capitals", ask("Connection: CLOSE"), (200,), CLOSED, CLOSE),
    Case("9112-9.3-04", "close in a list", ask("Connection: foo, close"), (200,), CLOSED, CLOSE),
    Case("9112-9.3-05", "close in a second line", ask("Connection: foo", "Connection: close"),
         (200,), CLOSED, CLOSE),
    Case("9112-9.3-06", "close and keep-alive", ask("Connection: close, keep-alive"), (200,),
         CLOSED, CLOSE),
    Case("9112-9.3-07", "keep-alive and close", ask("Connection: keep-alive, close"), (200,),
         CLOSED, CLOSE),
    Case("9112-9.3-08", "keep-alive", ask("Connection: keep-alive"), (200,), KEPT, "is no news"),
    Case("9112-9.3-09", "empty members", ask("Connection: ,,close,,"), (200,), CLOSED,
         "are ignored (RFC 9110 section 5.6.1)"),
    Case("9112-9.3-10", "a word that contains it", ask("Connection: closed"), (200,), KEPT,
         "is another word"),
    Case("9112-9.3-11", "no-break space before close", request(b"Connection: \xa0close"), (200,),
         KEPT, "is another word"),
    Case("9112-9.3-12", "nothing said in 1.0", ask(start=OLD), (200,), CLOSED, "is the default"),
    Case("9112-9.3-13", "close in 1.0", ask("Connection: close", start=OLD), (200,), CLOSED, CLOSE),
    Case("9112-9.3-14", "keep-alive and close in 1.0",
         ask("Connection: keep-alive, close", start=OLD), (200,), CLOSED, CLOSE),
    Case("9112-9.3-15", "keep-alive in 1.0", ask("Connection: keep-alive", start=OLD), (200,),
         KEPT, "may be kept (appendix C.2.2)"),
    Case("9112-9.3-16", "keep-alive in 1.0, capitals", ask("Connection: Keep-Alive", start=OLD),
         (200,), KEPT, "ditto"),
    Case("9112-9.3-17", "Proxy-Connection", ask("Proxy-Connection: close"), (200,), KEPT,
         "is no field of HTTP (appendix C.2.2)"),
    Case("9112-9.3-18", "Keep-Alive alone in 1.0", ask("Keep-Alive: timeout=5", start=OLD), (200,),
         CLOSED, "Connection decides"),
    Case("9112-9.3-19", "a request after close", ask("Connection: close") + FRESH, (200,), CLOSED,
         IGNORED),
    Case("9112-9.3-20", "a request after 1.0", ask(start=OLD) + FRESH, (200,), CLOSED, IGNORED),
    Case("9112-9.3-21", "garbage after close", ask("Connection: close") + b"\0\1\2" * 1000, (200,),
         CLOSED, IGNORED),
    Case("9112-9.3-22", "404", ask(start="GET /nothing HTTP/1.1"), (404,), KEPT,
         "an error of the request is none of the connection"),
    Case("9112-9.3-23", "405", ask(start="DELETE /hello HTTP/1.1"), (405,), KEPT, "ditto"),
    Case("9112-9.3-24", "1.0 after 1.1", ask() + ask(start=OLD), (200, 200), CLOSED,
         "each request says its version"),
    Case("9112-9.3-25", "1.1 after 1.0", ask("Connection: keep-alive", start=OLD) + FRESH,
         (200, 200), KEPT, "ditto"),
    # -- pipelining, section 9.3.2
    Case("9112-9.3.2-01", "two", FRESH * 2, (200, 200), KEPT, IN_ORDER, (HELLO, HELLO)),
    Case("9112-9.3.2-02", "100", FRESH * 100, (200,) * 100, KEPT, IN_ORDER),
    Case("9112-9.3.2-03", "different answers",
         FRESH + ask(start="GET /no HTTP/1.1") + post("Content-Length: 3", body=b"abc") + FRESH,
         (200, 404, 200, 200), KEPT, IN_ORDER),
    Case("9112-9.3.2-04", "bodies between",
         post("Content-Length: 1", body=b"a") + post("Transfer-Encoding: chunked",
         body=b"1\r\nb\r\n0\r\n\r\n") + post("Content-Length: 1", body=b"c"),
         (200, 200, 200), KEPT, IN_ORDER, (b"a", b"b", b"c")),
    Case("9112-9.3.2-05", "malformed second", FRESH + BAD + FRESH, (200, 400), CLOSED, ENDS),
    Case("9112-9.3.2-06", "malformed first", BAD + FRESH, (400,), CLOSED, ENDS),
    Case("9112-9.3.2-07", "unknown method second", FRESH + ask(start="BREW / HTTP/1.1") + FRESH,
         (200, 501), CLOSED, ENDS),
    Case("9112-9.3.2-08", "too large second",
         FRESH + post("Content-Length: 999999", body=b"a" * 1000), (200, 413), CLOSED, ENDS),
    Case("9112-9.3.2-09", "malformed coding second",
         FRESH + post("Transfer-Encoding: chunked", body=b"x\r\n") + FRESH, (200, 400), CLOSED,
         ENDS),
    Case("9112-9.3.2-10", "empty lines between", FRESH + b"\r\n" + FRESH, (200, 200), KEPT,
         "some clients send one after a body (section 2.2)"),
    Case("9112-9.3.2-11", "garbage between", FRESH + b"\0" + FRESH, (200, 400), CLOSED, ENDS),
    Case("9112-9.3.2-12", "incomplete second", FRESH + b"GET /hel", (200,), CLOSED,
         "the first is answered", end=True),
    Case("9112-9.3.2-13", "end after all", FRESH * 3, (200, 200, 200), EITHER,
         "a client may close its side once it has asked", end=True),
    Case("9112-9.3.2-14", "close in the middle",
         FRESH + ask("Connection: close") + FRESH, (200, 200), CLOSED, IGNORED),
    # -- expectations, RFC 9110 section 10.1.1
    Case("9110-10.1.1-01", "100-continue with the body behind it",
         post(CONTINUE, "Content-Length: 3", body=b"abc"), (200,), KEPT,
         "MAY be omitted when the body is there", (b"abc",)),
    Case("9110-10.1.1-02", "100-continue, nothing follows",
         post(CONTINUE, "Content-Length: 0"), (200,), KEPT, "there is no body to wait for",
         (b"",)),
    Case("9110-10.1.1-03", "100-continue without a length", ask(CONTINUE), (200,), KEPT, "ditto"),
    Case("9110-10.1.1-04", "capitals", post("Expect: 100-Continue", "Content-Length: 3",
         body=b"abc"), (200,), KEPT, "expectations have no case", (b"abc",)),
    Case("9110-10.1.1-05", "body that is too large",
         post(CONTINUE, "Content-Length: 999999"), (413,), CLOSED,
         "a final answer instead of 100"),
    Case("9110-10.1.1-06", "unknown expectation", ask("Expect: cheese"), (417,), CLOSED,
         "MAY be 417 (section 15.5.18)"),
    Case("9110-10.1.1-07", "unknown beside a known one", ask("Expect: 100-continue, cheese"),
         (417,), CLOSED, "ditto"),
    Case("9110-10.1.1-08", "twice", ask(CONTINUE, CONTINUE), (417,), CLOSED, "no list is defined"),
    Case("9110-10.1.1-09", "empty", ask("Expect:"), (417,), CLOSED, "no expectation is empty"),
    Case("9110-10.1.1-10", "in 1.0",
         request(CONTINUE, "Content-Length: 3", start="POST /echo HTTP/1.0", body=b"abc"), (200,),
         CLOSED, "MUST be ignored", (b"abc",)),
]  # fmt: skip


@params(CASES)
def test_case(address: Address, case: Case) -> None:
    """Each has the answer the table says, and the server goes on."""
    judge(address, case)


def test_continue_is_said(address: Address) -> None:
    """A client that waits is told to go on, with 100 and nothing else (RFC 9110 10.1.1)."""
    with Raw(address) as client:
        client.send(post(CONTINUE, "Content-Length: 3"))
        interim = client.answer()
        assert (interim.version, interim.status, interim.fields) == ("HTTP/1.1", 100, [])
        assert client.send(b"abc").answer().body == b"abc"
        assert client.send(FRESH).answer().body == HELLO


def test_continue_is_said_once(address: Address) -> None:
    """... once, however slowly the body comes."""
    with Raw(address) as client:
        client.send(post(CONTINUE, "Transfer-Encoding: chunked"))
        assert client.answer().status == 100
        for piece in (b"1", b"\r\n", b"a\r\n", b"0\r\n\r\n"):
            client.send(piece)
        assert client.answer().body == b"a"


def test_continue_is_said_for_each(address: Address) -> None:
    """... and again for the next request of the connection."""
    with Raw(address) as client:
        for _ in range(3):
            client.send(post(CONTINUE, "Content-Length: 3"))
            assert client.answer().status == 100
            assert client.send(b"abc").answer().status == 200


@pytest.mark.parametrize(
    ("lines", "start", "status"),
    [
        (["Content-Length: 3"], "POST /nothing HTTP/1.1", 404),
        (["Content-Length: 3"], "PUT /hello HTTP/1.1", 405),
        (["Content-Length: 200000"], "POST /echo HTTP/1.1", 413),
        (["Content-Length: 3"], "POST /echo HTTP/1.0", None),
    ],
)
def test_refused_instead_of_continue(
    address: Address, lines: list[str], start: str, status: int | None
) -> None:
    """What is refused is refused before the body is sent; HTTP/1.0 never sees a 100."""
    with Raw(address) as client:
        client.send(request(CONTINUE, *lines, start=start))
        if status is None:
            client.send(b"abc")
            status = 200
        answer = client.answer()
        assert answer.status == status
        assert answer.field("Connection") == "close"  # whether a body follows is not known
        assert client.closed()
    still_answers(address)


def test_keep_alive_is_said_to_old_clients(address: Address) -> None:
    """A client of HTTP/1.0 is told that its connection is kept (RFC 9112 appendix C.2.2)."""
    with Raw(address) as client:
        answer = client.send(ask("Connection: keep-alive", start=OLD)).answer()
    assert answer.field("Connection") == "keep-alive"


def test_old_clients_get_no_coding(address: Address) -> None:
    """No transfer coding is sent to HTTP/1.0 (RFC 9112 section 6.1), whatever TE says."""
    with Raw(address) as client:
        client.send(request("TE: chunked", start="GET /stream HTTP/1.0"))
        answer = client.answer()
    assert answer.field("Transfer-Encoding") is None
    assert answer.field("Content-Length") is None
    assert answer.body == b"abc"


def test_stream_is_coded(address: Address) -> None:
    """An answer of unknown length is coded for HTTP/1.1, and the connection goes on."""
    with Raw(address) as client:
        client.send(request(start="GET /stream HTTP/1.1"))
        answer = client.answer()
        assert answer.field("Transfer-Encoding") == "chunked"
        assert answer.field("Content-Length") is None
        assert answer.body == b"abc"
        assert client.send(FRESH).answer().body == HELLO
