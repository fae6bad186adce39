"""RFC 6265 as a server sees it: odd cookies, and the attributes of those that are set."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from quick_htag import create_server
from tests.conformance.raw import FRESH, HELLO, Raw, request, still_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quick_htag import QuickServer, ReqArgs, Request
    from tests.conformance.raw import Address


class Cookies(NamedTuple):
    """What a client sends and what is read.

    Attributes:
        number: the RFC, its section and a number of its own.
        what: what is special about it.
        lines: values of the Cookie field.
        found: the cookies.
        why: the reason for this and no other outcome.

    """

    number: str
    what: str
    lines: tuple[str, ...]
    found: dict[str, str]
    why: str = ""


SPLIT = "a semicolon separates, quotes or not (section 4.2.1)"
NO_TOKEN = "a name is a token (section 4.1.1), so this cannot be a cookie of ours"

COOKIES = [
    Cookies("6265-4.2-01", "one", ("a=b",), {"a": "b"}),
    Cookies("6265-4.2-02", "three", ("a=b; c=d; e=f",), {"a": "b", "c": "d", "e": "f"}),
    Cookies("6265-4.2-03", "none", ("",), {}),
    Cookies("6265-4.2-04", "no space after the semicolon", ("a=b;c=d",), {"a": "b", "c": "d"}),
    Cookies("6265-4.2-05", "much space", ("  a=b ;\t c=d  ",), {"a": "b", "c": "d"}),
    Cookies("6265-4.2-06", "semicolons", (";;a=b;; ;",), {"a": "b"}),
    Cookies("6265-4.2-07", "two lines", ("a=b", "c=d"), {"a": "b", "c": "d"},
            "not by user agents of HTTP/1, but by proxies of HTTP/2 (RFC 9113 section 8.2.3)"),
    Cookies("6265-4.2-08", "comma", ("a=b, c=d",), {"a": "b, c=d"}, "separates nothing"),
    Cookies("6265-4.2-09", "empty value", ("a=",), {"a": ""}),
    Cookies("6265-4.2-10", "equals signs in the value", ("a=b=c==",), {"a": "b=c=="},
            "the first one separates"),
    Cookies("6265-4.2-11", "twice", ("a=1; a=2",), {"a": "1"},
            "the more specific one comes first (section 5.4)"),
    Cookies("6265-4.2-12", "twice in two lines", ("a=1", "a=2"), {"a": "1"}, "ditto"),
    Cookies("6265-4.2-13", "names differ in case", ("a=1; A=2",), {"a": "1", "A": "2"},
            "names have a case"),
    Cookies("6265-4.2-14", "100 cookies", ("; ".join(f"c{at}={at}" for at in range(100)),),
            {f"c{at}": str(at) for at in range(100)}),
    Cookies("6265-4.2-15", "a value of 4 KiB", ("a=" + "b" * 4096,), {"a": "b" * 4096}),
    Cookies("6265-4.2-16", "every character of a name", ("!#$%&'*+-.^_`|~09aZ=b",),
            {"!#$%&'*+-.^_`|~09aZ": "b"}),
    Cookies("6265-4.1.1-01", "quoted", ('a="b"',), {"a": "b"}, "quotes are around the value"),
    Cookies("6265-4.1.1-02", "quoted, empty", ('a=""',), {"a": ""}, "ditto"),
    Cookies("6265-4.1.1-03", "one quote", ('a="',), {"a": '"'}, "quotes nothing"),
    Cookies("6265-4.1.1-04", "open quote", ('a="b',), {"a": '"b'}, "quotes nothing"),
    Cookies("6265-4.1.1-05", "quote inside", ('a=b"c',), {"a": 'b"c'}, "as browsers send it"),
    Cookies("6265-4.1.1-06", "semicolon in quotes", ('a="b; c=d"; e=f',),
            {"a": '"b', "c": 'd"', "e": "f"}, SPLIT),
    Cookies("6265-4.1.1-07", "a cookie hidden in quotes", ('x="; session=evil; y="',),
            {"x": '"', "session": "evil", "y": '"'}, SPLIT),
    Cookies("6265-4.1.1-08", "escape in quotes", (r'a="b\"c"',), {"a": r"b\"c"},
            "nothing escapes (RFC 2109 did)"),
    Cookies("6265-4.1.1-09", "octal escape", (r'a="\073\054"',), {"a": r"\073\054"}, "ditto"),
    Cookies("6265-4.1.1-10", "space in the value", ("a=b c",), {"a": "b c"}, "browsers send it"),
    Cookies("6265-4.1.1-11", "percent encoding", ("a=%3B",), {"a": "%3B"}, "means nothing"),
    Cookies("6265-4.1.1-12", "JSON", ('a={"b":1}',), {"a": '{"b":1}'}, "browsers send it"),
    Cookies("6265-4.1.1-13", "backslash", ("a=b\\c",), {"a": "b\\c"}, "browsers send it"),
    Cookies("6265-4.1.1-20", "no equals sign", ("a; b=c",), {"b": "c"}, "no cookie"),
    Cookies("6265-4.1.1-21", "no name", ("=a; b=c",), {"b": "c"}, NO_TOKEN),
    Cookies("6265-4.1.1-22", "space in the name", ("a b=c; d=e",), {"d": "e"}, NO_TOKEN),
    Cookies("6265-4.1.1-23", "space before the equals sign", ("a =b; c=d",), {"c": "d"}, NO_TOKEN),
    Cookies("6265-4.1.1-24", "space after the equals sign", ("a= b",), {"a": " b"},
            "a value is not touched"),
    Cookies("6265-4.1.1-25", "brackets", ("a[b]=c; d=e",), {"d": "e"}, NO_TOKEN),
    Cookies("6265-4.1.1-26", "quoted name", ('"a"=b; c=d',), {"c": "d"}, NO_TOKEN),
    Cookies("6265-4.1.1-27", "comma in a name", ("a,b=c; d=e",), {"d": "e"}, NO_TOKEN),
    Cookies("6265-4.1.1-28", "name not of ASCII", ("ä=b; c=d",), {"c": "d"}, NO_TOKEN),
    Cookies("6265-4.1.1-29", "no-break space before the name", ("\xa0a=b; c=d",), {"c": "d"},
            "another name than a"),
    Cookies("6265-4.1.1-30", "RFC 2965", ('$Version="1"; a="b"; $Path="/"',),
            {"$Version": "1", "a": "b", "$Path": "/"}, "has no meaning any more"),
    Cookies("6265-4.1.1-31", "words of Set-Cookie", ("Path=/; Secure; HttpOnly; a=b",),
            {"Path": "/", "a": "b"}, "are names like others"),
    Cookies("6265-4.1.1-32", "names of Python", ("__class__=a; __proto__=b",),
            {"__class__": "a", "__proto__": "b"}, "are names like others"),
    Cookies("6265bis-4.1.3-01", "prefix", ("__Host-a=b; __Secure-c=d",),
            {"__Host-a": "b", "__Secure-c": "d"}, "are part of the name"),
]  # fmt: skip

_NUMBERS = [row.number for row in COOKIES]
assert len(set(_NUMBERS)) == len(_NUMBERS)


@pytest.mark.parametrize("row", COOKIES, ids=[f"{row.number}: {row.what}" for row in COOKIES])
def test_cookies(address: Address, row: Cookies) -> None:
    """Each is read as the table says, and one that is odd costs no other."""
    lines = [f"Cookie: {line}" for line in row.lines]
    with Raw(address) as client:
        answer = client.send(request(*lines, start="GET /cookies HTTP/1.1")).answer()
        assert json.loads(answer.body) == row.found, row
        assert client.send(FRESH).answer().body == HELLO
    still_answers(address)


def _sessions(server: QuickServer) -> None:
    @server.text_get("/hello", 0)
    def hello(req: Request, args: ReqArgs) -> str:
        return "hello"

    @server.json_get("/write", 0)
    def write(req: Request, args: ReqArgs) -> Any:
        req.session["count"] = req.session.get("count", 0) + 1
        return req.session["count"]


@pytest.fixture(scope="module", params=["http", "https"])
def visited(request: pytest.FixtureRequest, authority: Any) -> Iterator[tuple[Address, Any]]:
    """A server with sessions, plain and with TLS; its address, and what wraps a client."""
    secure = request.param == "https"
    server = create_server(("", 0), ssl_context=authority.server_context() if secure else None)
    server.no_command_loop = True
    server.allowed_hosts = None
    _sessions(server)
    server.start()
    yield ("127.0.0.1", server.server_address[1]), authority.client_context() if secure else None
    server.shutdown()
    server.server_close()


class Visitor(Raw):
    """A client that may speak TLS."""

    def __init__(self, address: Address, context: ssl.SSLContext | None) -> None:
        super().__init__(address)
        if context is not None:
            self.sock = context.wrap_socket(self.sock, server_hostname="localhost")

    def write(self, *cookies: str) -> tuple[int, list[str]]:
        """Count in the session; the count, and the cookies that were set."""
        lines = [f"Cookie: {cookie}" for cookie in cookies]
        answer = self.send(request(*lines, start="GET /write HTTP/1.1")).answer()
        assert answer.status == 200
        return int(answer.body), answer.all("Set-Cookie")


def test_what_is_set(visited: tuple[Address, Any]) -> None:
    """No script reads it, no other site's form sends it, no other host gets it (section 4.1.2)."""
    address, context = visited
    with Visitor(address, context) as client:
        count, (line,) = client.write()
        assert client.send(FRESH).answer().all("Set-Cookie") == []
    pair, *attributes = line.split("; ")
    name, _, value = pair.partition("=")
    kinds = {one.partition("=")[0].lower(): one.partition("=")[2] for one in attributes}
    assert count == 1
    assert "httponly" in kinds
    assert kinds["samesite"] == "Lax"
    assert kinds["path"] == "/"
    assert "domain" not in kinds
    assert ("secure" in kinds) == name.startswith("__Host-") == (context is not None)
    assert len(value) >= 32
    assert value.isascii()
    assert not set(value) & set(' ",;\\')


def test_what_was_set_comes_back(visited: tuple[Address, Any]) -> None:
    """It names the session, among others, quoted too, and is not set again."""
    address, context = visited
    with Visitor(address, context) as client:
        pair = client.write()[1][0].split("; ")[0]
        name, _, value = pair.partition("=")
        assert client.write(pair) == (2, [])
        assert client.write(f"a=b; {pair}; c") == (3, [])
        assert client.write(f'{name}="{value}"') == (4, [])
        assert client.write(f"{pair}; {name}=other") == (5, [])


@pytest.mark.parametrize(
    "value",
    ["", "x", "a" * 43, "../../etc/passwd", "a" * 5000, "%00", '"', "ä", "' or 1=1", "1" * 64],
)
def test_session_nobody_issued(visited: tuple[Address, Any], value: str) -> None:
    """An id of the client's choice becomes no session: it gets another one (no fixation)."""
    address, context = visited
    with Visitor(address, context) as client:
        name = client.write()[1][0].partition("=")[0]
        count, lines = client.write(f"{name}={value}")
        assert (count, len(lines)) == (1, 1)
        assert lines[0].partition("=")[2].partition(";")[0] != value


def test_session_of_the_other_scheme(visited: tuple[Address, Any]) -> None:
    """A cookie set without TLS names no session with TLS, and the other way round."""
    address, context = visited
    with Visitor(address, context) as client:
        name, _, value = client.write()[1][0].split("; ")[0].partition("=")
        other = name.removeprefix("__Host-") if context else f"__Host-{name}"
        assert client.write(f"{other}={value}")[0] == 1
        assert client.write(f"{name.lower()}x={value}")[0] == 1
