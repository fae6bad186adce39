"""RFC 9112 section 3.2 and RFC 9110 section 7.2: the Host field, in every wrong form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quick_htag import create_server
from tests.conformance.raw import CLOSED, KEPT, Case, Raw, judge, params, request

if TYPE_CHECKING:
    from tests.conformance.raw import Address

LACKS = "MUST be 400: the field is missing (section 3.2)"
TWICE = "MUST be 400: more than one line (section 3.2)"
INVALID = "MUST be 400: not uri-host with an optional port (section 3.2)"
VALID = "uri-host with an optional port (RFC 9110 section 7.2)"


def host(value: str | bytes, *more: str) -> bytes:
    """A request with this Host."""
    raw = value.encode("latin-1") if isinstance(value, str) else value
    return request(b"Host: " + raw, *more, host=False)


def bad(number: int, what: str, value: str | bytes) -> Case:
    """A value that is refused."""
    return Case(f"9112-3.2-{number}", what, host(value), (400,), CLOSED, INVALID)


def good(number: int, what: str, value: str) -> Case:
    """A value that is taken."""
    return Case(f"9112-3.2-{number}", what, host(value), (200,), KEPT, VALID)


CASES = [
    Case("9112-3.2-01", "none in HTTP/1.1", request(host=False), (400,), CLOSED, LACKS),
    Case(
        "9112-3.2-02",
        "none in HTTP/1.2",
        request(start="GET /hello HTTP/1.2", host=False),
        (400,),
        CLOSED,
        LACKS,
    ),
    Case(
        "9112-3.2-03",
        "none in HTTP/1.0",
        request(start="GET /hello HTTP/1.0", host=False),
        (200,),
        CLOSED,
        "HTTP/1.0 has no such field",
    ),
    Case("9112-3.2-04", "twice, the same", host("test", "Host: test"), (400,), CLOSED, TWICE),
    Case("9112-3.2-05", "twice, different", host("test", "Host: other"), (400,), CLOSED, TWICE),
    Case("9112-3.2-06", "twice, other case", host("test", "hOST: test"), (400,), CLOSED, TWICE),
    Case("9112-3.2-07", "twice, one empty", host("test", "Host:"), (400,), CLOSED, TWICE),
    Case(
        "9112-3.2-08",
        "twice in HTTP/1.0",
        request("Host: a", "Host: b", start="GET /hello HTTP/1.0", host=False),
        (400,),
        CLOSED,
        "which of them counts would differ between two servers",
    ),
    Case(
        "9112-3.2-09",
        "twice, with an absolute target",
        request("Host: b", start="GET http://test/hello HTTP/1.1"),
        (400,),
        CLOSED,
        TWICE,
    ),
    Case(
        "9112-3.2-10",
        "invalid, with an absolute target",
        request("Host: a b", start="GET http://test/hello HTTP/1.1", host=False),
        (400,),
        CLOSED,
        INVALID,
    ),
    Case(
        "9112-3.2-11",
        "none for OPTIONS *",
        request(start="OPTIONS * HTTP/1.1", host=False),
        (400,),
        CLOSED,
        LACKS,
    ),
    Case("9112-3.2-12", "name only alike", request("Hos: a", "Hostt: b", host=False), (400,),
         CLOSED, LACKS),
    bad(20, "two hosts in one line", "a, b"),
    bad(21, "space inside", "a b"),
    bad(22, "tab inside", "a\tb"),
    bad(23, "user name", "me@test"),
    bad(24, "path", "test/hello"),
    bad(25, "query", "test?a"),
    bad(26, "fragment", "test#a"),
    bad(27, "scheme", "http://test"),
    bad(28, "port of letters", "test:http"),
    bad(29, "two ports", "test:80:81"),
    bad(30, "negative port", "test:-1"),
    bad(31, "space before the port", "test :80"),
    bad(32, "space after the colon", "test: 80"),
    bad(33, "backslash", "test\\a"),
    bad(34, "quotes", '"test"'),
    bad(35, "angle brackets", "<script>"),
    bad(36, "braces", "{test}"),
    bad(37, "caret", "a^b"),
    bad(38, "bar", "a|b"),
    bad(39, "back tick", "a`b"),
    bad(40, "UTF-8", "tést".encode()),
    bad(41, "Latin-1", b"t\xe9st"),
    bad(42, "IPv6 without brackets", "::1"),
    bad(43, "open bracket", "[::1"),
    bad(44, "bracket too many", "[::1]]"),
    bad(45, "closing bracket", "::1]"),
    bad(46, "IPv6 of letters", "[::xyz]"),
    bad(47, "IPv6 with too many groups", "[1:2:3:4:5:6:7:8:9]"),
    bad(48, "IPv6 with two gaps", "[1::2::3]"),
    bad(49, "IPv4 in brackets", "[127.0.0.1]"),
    bad(50, "empty brackets", "[]"),
    bad(51, "zone", "[fe80::1%25eth0]"),
    bad(52, "text after the bracket", "[::1]a"),
    bad(53, "percent sign alone", "a%"),
    bad(54, "bad percent encoding", "a%zz"),
    bad(55, "NUL", "te\0st"),
    bad(56, "DEL", "te\x7fst"),
    good(70, "name", "example.org"),
    good(71, "name with port", "example.org:8080"),
    good(72, "trailing dot", "example.org."),
    good(73, "capitals", "EXAMPLE.org"),
    good(74, "IPv4", "127.0.0.1:80"),
    good(75, "IPv6", "[::1]"),
    good(76, "IPv6 with port", "[2001:db8::1]:8080"),
    good(77, "IPv6 with IPv4", "[::ffff:127.0.0.1]"),
    good(78, "underscore", "my_host"),
    good(79, "percent encoding", "a%20b"),
    good(80, "empty port", "test:"),
    good(81, "long port", "test:000080"),
    good(82, "single label", "localhost"),
    good(83, "white space around", "  test\t "),
    Case("9112-3.2-90", "empty", request("Host:", host=False), (200,), KEPT,
         "a client MUST send it so when its URI has no authority; nginx refuses it"),
    Case("9112-3.2-91", "longer than a name can be", host("a" * 1000), (200,), KEPT,
         "grammar has no limit; allowed_hosts has"),
]  # fmt: skip


@params(CASES)
def test_case(address: Address, case: Case) -> None:
    """Each has the answer the table says, and the server goes on."""
    judge(address, case)


def test_misdirected() -> None:
    """A server that only its own machine reaches answers 421 for other names, and goes on."""
    server = create_server(("127.0.0.1", 0))
    server.no_command_loop = True
    server.start()
    try:
        with Raw(("127.0.0.1", server.server_address[1])) as client:
            for value, status in (
                ("evil.example", 421),
                ("localhost", 404),
                ("", 421),
                ("127.0.0.1.evil.example", 421),
                ("127.0.0.1", 404),
            ):
                assert client.send(host(value)).answer().status == status, value
    finally:
        server.shutdown()
        server.server_close()
