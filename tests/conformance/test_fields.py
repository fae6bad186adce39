"""RFC 9112 section 5 and RFC 9110 section 5: names, white space, folding, limits of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.raw import CLOSED, FRESH, HELLO, KEPT, Case, judge, params, request

if TYPE_CHECKING:
    from tests.conformance.raw import Address

NO_TOKEN = "a name is a token (RFC 9110 section 5.6.2)"
NO_VALUE = "CR, LF and NUL in a value MUST be refused or replaced (RFC 9110 section 5.5)"
CONTROL = "control characters are in no value (RFC 9110 section 5.5)"
SPACE = "MUST be 400: white space between name and colon (section 5.1)"
FOLDED = "MUST be 400 or replaced; folding is how fields are smuggled (section 5.2)"
NO_COLON = "a field line has a colon"


def field(line: str | bytes) -> bytes:
    """A request with one more field line."""
    return request(line)


def bad(number: str, what: str, line: str | bytes, why: str) -> Case:
    """A line that is refused."""
    return Case(number, what, field(line), (400,), CLOSED, why)


def good(number: str, what: str, line: str | bytes, why: str = "") -> Case:
    """A line that is taken."""
    return Case(number, what, field(line), (200,), KEPT, why)


def _characters() -> list[Case]:
    """Each character that is in no token, in a name; and each control character in a value."""
    cases = []
    for byte in b'"(),/;<=>?@[\\]{}':
        number = f"9110-5.6.2-{byte:02x}"
        line = b"X" + bytes([byte]) + b"Y: a"
        cases.append(bad(number, f"{chr(byte)} in a name", line, NO_TOKEN))
    for byte in (*range(1, 9), *range(11, 13), *range(14, 32), 127):
        number = f"9110-5.5-{byte:02x}"
        line = b"X: a" + bytes([byte]) + b"b"
        cases.append(bad(number, f"byte {byte:#04x} in a value", line, CONTROL))
    return cases


CASES = [
    # -- section 5
    bad("9112-5-01", "no colon", "Test", NO_COLON),
    bad("9112-5-02", "no name", ": a", NO_TOKEN),
    bad("9112-5-03", "no name, no value", ":", NO_TOKEN),
    bad("9112-5-04", "equals sign instead", "Test=a", NO_COLON),
    good("9112-5-05", "no value", "X-Empty:", "a value may be empty"),
    good("9112-5-06", "no space after the colon", "X:a", "white space there is optional"),
    good("9112-5-07", "much white space around the value", "X: \t  a \t ", "it is no part of it"),
    good("9112-5-08", "colons in the value", "X: a:b::c", "the first one separates"),
    good("9112-5-09", "every character of a token", "!#$%&'*+-.^_`|~09aZ: a", ""),
    good("9112-5-10", "unknown field", "X-Unknown: a", "MUST be ignored (RFC 9110 section 5.1)"),
    good("9112-5-11", "field twice", "Accept: a\r\nAccept: b", "is a list"),
    good("9112-5-12", "digits only as name", "123: a", "a token"),
    bad("9112-5-13", "UTF-8 in a name", "Tëst: a".encode(), NO_TOKEN),
    bad("9112-5-14", "Latin-1 in a name", b"T\xebst: a", NO_TOKEN),
    bad("9112-5-15", "NUL in a name", "Te\0st: a", NO_TOKEN),
    bad("9112-5-16", "DEL in a name", "Te\x7fst: a", NO_TOKEN),
    good("9110-5.5-a1", "Latin-1 in a value", b"X: caf\xe9", "obs-text is opaque"),
    good("9110-5.5-a2", "UTF-8 in a value", "X: café".encode(), "ditto"),
    good("9110-5.5-a3", "tab inside a value", "X: a\tb", ""),
    # -- section 5.1
    bad("9112-5.1-01", "space before the colon", "Test : a", SPACE),
    bad("9112-5.1-02", "tab before the colon", "Test\t: a", SPACE),
    bad("9112-5.1-03", "space before the colon of Content-Length", "Content-Length : 5", SPACE),
    bad("9112-5.1-04", "space before the colon of Transfer-Encoding",
        "Transfer-Encoding : chunked", SPACE),
    bad("9112-5.1-05", "space inside a name", "Te st: a", NO_TOKEN),
    bad("9112-5.1-06", "form feed before the colon", "Test\f: a", NO_TOKEN),
    bad("9112-5.1-07", "no-break space before the colon", b"Test\xa0: a", NO_TOKEN),
    # -- section 5.2
    bad("9112-5.2-01", "folded with a space", "X: a\r\n b", FOLDED),
    bad("9112-5.2-02", "folded with a tab", "X: a\r\n\tb", FOLDED),
    bad("9112-5.2-03", "folded, nothing in the second line", "X: a\r\n ", FOLDED),
    bad("9112-5.2-04", "folded Transfer-Encoding", "Transfer-Encoding:\r\n chunked", FOLDED),
    bad("9112-5.2-05", "folded Content-Length", "Content-Length:\r\n 0", FOLDED),
    bad("9112-5.2-06", "a field hidden in a fold", "X: a\r\n Content-Length: 5", FOLDED),
    Case("9112-5.2-07", "folded Host", b"GET /hello HTTP/1.1\r\nHost:\r\n test\r\n\r\n", (400,),
         CLOSED, FOLDED),
    # -- bare CR, bare LF, NUL: section 2.2
    bad("9112-2.2-30", "bare LF between two fields", "X: a\nY: b", NO_VALUE),
    bad("9112-2.2-31", "bare CR between two fields", "X: a\rY: b", NO_VALUE),
    bad("9112-2.2-32", "CR CR LF", "X: a\r", NO_VALUE),
    bad("9112-2.2-33", "LF CR LF", "X: a\n", NO_VALUE),
    bad("9112-2.2-34", "LF CR", "X: a\n\rY: b", NO_VALUE),
    bad("9112-2.2-35", "NUL in a value", "X: a\0b", NO_VALUE),
    bad("9112-2.2-36", "NUL alone", "X: \0", NO_VALUE),
    bad("9112-2.2-37", "bare LF hides Transfer-Encoding", "X: a\nTransfer-Encoding: chunked",
        NO_VALUE),
    bad("9112-2.2-38", "bare CR hides Content-Length", "X: a\rContent-Length: 5", NO_VALUE),
    Case("9112-2.2-39", "bare LF before the end", FRESH[:-2] + b"\n\r\n", (400,), CLOSED,
         NO_VALUE),
    Case("9112-2.2-40", "bare LF ends the last field", FRESH[:-4] + b"\n\r\n", (400,), CLOSED,
         NO_VALUE),
    good("9110-5.5-a4", "a line separator of Unicode", b"X: a\xe2\x80\xa8b",
         "bytes above 0x7F end no line, whatever they would mean as text"),
    good("9110-5.5-a5", "next line of Latin-1", b"X: a\x85b", "ditto"),
    good("9110-5.5-a6", "Content-Length after a next line", b"X: a\x85Content-Length: 5", "ditto"),
    # -- limits, RFC 9110 section 5.4
    Case("9110-5.4-01", "a field of 30 KiB", field("X: " + "a" * 30 * 1024), (200,), KEPT,
         "settings.max_header_bytes is 32 KiB"),
    Case("9110-5.4-02", "a field of 33 KiB", field("X: " + "a" * 33 * 1024), (431,), CLOSED,
         "settings.max_header_bytes"),
    Case("9110-5.4-03", "33 KiB in many fields",
         request(*["X: " + "a" * 1024] * 33), (431,), CLOSED, "settings.max_header_bytes"),
    Case("9110-5.4-04", "100 fields", request(*["X: a"] * 99), (200,), KEPT,
         "settings.max_header_count"),
    Case("9110-5.4-05", "101 fields", request(*["X: a"] * 100), (431,), CLOSED,
         "settings.max_header_count"),
    Case("9110-5.4-06", "an endless field", FRESH[:-2] + b"X: " + b"a" * 70_000, (431,), CLOSED,
         "it is refused before it ends"),
    Case("9110-5.4-07", "endless fields", FRESH[:-2] + b"X: a\r\n" * 10_000, (431,), CLOSED,
         "ditto"),
    Case("9110-5.4-08", "a name of 10 KiB", field("X" * 10 * 1024 + ": a"), (200,), KEPT,
         "no limit of its own"),
    # -- fields of one connection do not stay for the next request
    Case("9112-5-20", "two requests with different fields",
         request("X: a") + request("X: b", "Connection: close"), (200, 200), CLOSED,
         "each head counts for itself", (HELLO, HELLO)),
    *_characters(),
]  # fmt: skip


@params(CASES)
def test_case(address: Address, case: Case) -> None:
    """Each has the answer the table says, and the server goes on."""
    judge(address, case)
