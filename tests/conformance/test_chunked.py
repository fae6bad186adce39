"""RFC 9112 section 7.1: chunk sizes, extensions, data and trailers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.raw import (
    CLOSED,
    FRESH,
    HELLO,
    KEPT,
    Case,
    Raw,
    judge,
    params,
    post,
    still_answers,
)

if TYPE_CHECKING:
    from tests.conformance.raw import Address

SIZE = "a size is 1*HEXDIG (section 7.1)"
EXTENSION = "token with an optional token or quoted string (section 7.1.1)"
LINE = "CR LF ends every line here (section 7.1)"
DATA = "the data have the length that was said, then CR LF (section 7.1)"
TRAILER = "a trailer is a field line (section 7.1.2)"
SMUGGLED = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"


def chunked(body: bytes) -> bytes:
    """A POST with this body, coded already."""
    return post("Transfer-Encoding: chunked", body=body)


def good(number: str, what: str, body: bytes, decoded: bytes, why: str = "") -> Case:
    """Coding that is taken."""
    return Case(number, what, chunked(body), (200,), KEPT, why, (decoded,))


def bad(number: str, what: str, body: bytes, why: str, status: int = 400) -> Case:
    """Coding that is refused."""
    return Case(number, what, chunked(body), (status,), CLOSED, why)


def short(number: str, what: str, body: bytes) -> Case:
    """Coding that ends too early."""
    why = "an incomplete message MUST NOT be handled (section 8)"
    return Case(number, what, chunked(body), (), CLOSED, why, end=True)


CASES = [
    good("9112-7.1-01", "one chunk", b"5\r\nabcde\r\n0\r\n\r\n", b"abcde", "the usual one"),
    good("9112-7.1-02", "no data", b"0\r\n\r\n", b""),
    good("9112-7.1-03", "many chunks", b"1\r\na\r\n2\r\nbc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
    good("9112-7.1-04", "hexadecimal, small", b"a\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    good("9112-7.1-05", "hexadecimal, capital", b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    good("9112-7.1-06", "leading zeros", b"00005\r\nabcde\r\n000\r\n\r\n", b"abcde",
         "as large as the size allows"),
    good("9112-7.1-07", "line ends in the data", b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n"),
    good("9112-7.1-08", "data that look like an end", b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", b"0\r\n\r\n"),
    good("9112-7.1-09", "data that look like a request",
         b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED), SMUGGLED),
    good("9112-7.1-10", "as large as a body may be",
         b"186a0\r\n" + b"a" * 100_000 + b"\r\n0\r\n\r\n", b"a" * 100_000),
    good("9112-7.1-11", "1,000 chunks of one byte",
         b"1\r\na\r\n" * 1000 + b"0\r\n\r\n", b"a" * 1000),
    Case("9112-7.1-12", "a request follows", chunked(b"1\r\na\r\n0\r\n\r\n") + FRESH, (200, 200),
         KEPT, "right after the last line", (b"a", HELLO)),
    # -- sizes
    bad("9112-7.1-20", "no size", b"\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-21", "0x", b"0x5\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-22", "plus", b"+5\r\nabcde\r\n0\r\n\r\n", "int() would take it"),
    bad("9112-7.1-23", "minus", b"-5\r\nabcde\r\n0\r\n\r\n", "int() would take it"),
    bad("9112-7.1-24", "minus zero", b"-0\r\n\r\n", "int() would take it"),
    bad("9112-7.1-25", "underscore", b"1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
        "int() would take it"),
    bad("9112-7.1-26", "space before", b" 5\r\nabcde\r\n0\r\n\r\n", "int() would take it"),
    bad("9112-7.1-27", "space after", b"5 \r\nabcde\r\n0\r\n\r\n",
        "bad white space belongs to extensions; nginx takes it"),
    bad("9112-7.1-28", "tab after", b"5\t\r\nabcde\r\n0\r\n\r\n", "ditto"),
    bad("9112-7.1-29", "letter beyond F", b"g\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-30", "trailing letter", b"5x\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-31", "suffix h", b"5h\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-32", "fraction", b"5.0\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-33", "more than 64 bits", b"10000000000000005\r\nabcde\r\n0\r\n\r\n",
        "would be 5 in 64 bits"),
    bad("9112-7.1-34", "40 zeros", b"0" * 40 + b"5\r\nabcde\r\n0\r\n\r\n",
        "so many zeros are no use but to trick"),
    bad("9112-7.1-35", "NUL after", b"5\0\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-36", "full-width digit", b"\xef\xbc\x95\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-37", "vertical tab before", b"\v5\r\nabcde\r\n0\r\n\r\n", "int() would take it"),
    bad("9112-7.1-38", "endless size", b"5" * 1000, SIZE),
    bad("9112-7.1-39", "larger than a body may be", b"186a1\r\n" + b"a" * 100_001,
        "settings and body limits hold for coded bodies, too", 413),
    bad("9112-7.1-40", "many chunks larger than a body", (b"1000\r\n" + b"a" * 4096 + b"\r\n") * 25,
        "ditto", 413),
    bad("9112-7.1-41", "two sizes", b"5 5\r\nabcde\r\n0\r\n\r\n", SIZE),
    bad("9112-7.1-42", "comma", b"5,6\r\nabcde\r\n0\r\n\r\n", SIZE),
    # -- line ends
    bad("9112-7.1-50", "bare LF after the size", b"5\nabcde\r\n0\r\n\r\n", LINE),
    bad("9112-7.1-51", "bare CR after the size", b"5\rabcde\r\n0\r\n\r\n", LINE),
    bad("9112-7.1-52", "CR CR LF after the size", b"5\r\r\nabcde\r\n0\r\n\r\n", LINE),
    bad("9112-7.1-53", "LF CR after the size", b"5\n\rabcde\r\n0\r\n\r\n", LINE),
    bad("9112-7.1-54", "bare LF after the data", b"5\r\nabcde\n0\r\n\r\n", LINE),
    bad("9112-7.1-55", "bare CR after the data", b"5\r\nabcde\r0\r\n\r\n", LINE),
    bad("9112-7.1-56", "bare LF after the last size", b"0\n\r\n", LINE),
    bad("9112-7.1-57", "bare LF at the end", b"0\r\n\n" + FRESH, LINE),
    bad("9112-7.1-58", "LF LF at the end", b"0\n\n", LINE),
    bad("9112-7.1-59", "bare CR at the end", b"0\r\n\r" + FRESH, LINE),
    bad("9112-7.1-60", "empty line before the size", b"\r\n5\r\nabcde\r\n0\r\n\r\n", LINE),
    # -- data
    bad("9112-7.1-70", "shorter than the size", b"6\r\nabcde\r\n0\r\n\r\n", DATA),
    bad("9112-7.1-71", "longer than the size", b"4\r\nabcde\r\n0\r\n\r\n", DATA),
    bad("9112-7.1-72", "no line end after the data", b"5\r\nabcde0\r\n\r\n", DATA),
    bad("9112-7.1-73", "two bytes instead of a line end", b"5\r\nabcdeXX0\r\n\r\n", DATA),
    bad("9112-7.1-74", "size hides a request", b"2\r\nab" + SMUGGLED, DATA),
    bad("9112-7.1-75", "plain body", b"abcde", SIZE)._replace(
        sent=chunked(b"no chunks at all\r\n\r\n")),
    # -- extensions, section 7.1.1
    good("9112-7.1.1-01", "name", b"5;a\r\nabcde\r\n0\r\n\r\n", b"abcde", "MUST be ignored"),
    good("9112-7.1.1-02", "name and value", b"5;a=b\r\nabcde\r\n0\r\n\r\n", b"abcde", "ditto"),
    good("9112-7.1.1-03", "quoted value", b'5;a="b c"\r\nabcde\r\n0\r\n\r\n', b"abcde", "ditto"),
    good("9112-7.1.1-04", "semicolon in quotes", b'5;a="b;c"\r\nabcde\r\n0\r\n\r\n', b"abcde", ""),
    good("9112-7.1.1-05", "quoted pair", b'5;a="\\"\\\\"\r\nabcde\r\n0\r\n\r\n', b"abcde", ""),
    good("9112-7.1.1-06", "several", b"5;a;b=c;d\r\nabcde\r\n0\r\n\r\n", b"abcde", ""),
    good("9112-7.1.1-07", "bad white space", b"5 ; a = b\r\nabcde\r\n0\r\n\r\n", b"abcde",
         "MUST be accepted (RFC 9110 section 5.6.3)"),
    good("9112-7.1.1-08", "at the last chunk", b"5\r\nabcde\r\n0;a=b\r\n\r\n", b"abcde", ""),
    good("9112-7.1.1-09", "200 bytes", b"5;" + b"a" * 200 + b"\r\nabcde\r\n0\r\n\r\n", b"abcde",
         "a chunk line has 256 bytes"),
    good("9112-7.1.1-10", "empty quotes", b'5;a=""\r\nabcde\r\n0\r\n\r\n', b"abcde", ""),
    bad("9112-7.1.1-20", "no name", b"5;\r\nabcde\r\n0\r\n\r\n", EXTENSION),
    bad("9112-7.1.1-21", "value without name", b"5;=b\r\nabcde\r\n0\r\n\r\n", EXTENSION),
    bad("9112-7.1.1-22", "no value", b"5;a=\r\nabcde\r\n0\r\n\r\n", EXTENSION),
    bad("9112-7.1.1-23", "open quotes", b'5;a="b\r\nabcde\r\n0\r\n\r\n', EXTENSION),
    bad("9112-7.1.1-24", "text after the quotes", b'5;a="b"c\r\nabcde\r\n0\r\n\r\n', EXTENSION),
    bad("9112-7.1.1-25", "space inside a value", b"5;a=b c\r\nabcde\r\n0\r\n\r\n", EXTENSION),
    bad("9112-7.1.1-26", "space at the end", b"5;a \r\nabcde\r\n0\r\n\r\n", EXTENSION),
    bad("9112-7.1.1-27", "bare LF", b"5;a\nabcde\r\n0\r\n\r\n", "go servers took it"),
    bad("9112-7.1.1-28", "bare LF hides a chunk", b"5;a\n5\r\nabcde\r\n0\r\n\r\n", "ditto"),
    bad("9112-7.1.1-29", "bare CR", b"5;a\rb\r\nabcde\r\n0\r\n\r\n", EXTENSION),
    bad("9112-7.1.1-30", "NUL", b"5;a\0\r\nabcde\r\n0\r\n\r\n", EXTENSION),
    bad("9112-7.1.1-31", "control character in quotes", b'5;a="\1"\r\nabcde\r\n0\r\n\r\n',
        EXTENSION),
    bad("9112-7.1.1-32", "line end in quotes", b'5;a="\r\nabcde\r\n0\r\n\r\n', EXTENSION),
    bad("9112-7.1.1-33", "300 bytes", b"5;" + b"a" * 300 + b"\r\nabcde\r\n0\r\n\r\n",
        "MUST be limited, as a body of extensions costs time for nothing"),
    bad("9112-7.1.1-34", "endless", b"5;" + b"a" * 10_000, "ditto"),
    bad("9112-7.1.1-35", "comma instead of semicolon", b"5,a\r\nabcde\r\n0\r\n\r\n", EXTENSION),
    bad("9112-7.1.1-36", "at the last chunk, malformed", b"0;=\r\n\r\n", EXTENSION),
    # -- trailers, section 7.1.2
    good("9112-7.1.2-01", "one", b"5\r\nabcde\r\n0\r\nX: a\r\n\r\n", b"abcde", "it is dropped"),
    good("9112-7.1.2-02", "several", b"5\r\nabcde\r\n0\r\nX: a\r\nY: b\r\n\r\n", b"abcde", ""),
    good("9112-7.1.2-03", "without value", b"0\r\nX:\r\n\r\n", b"", ""),
    good("9112-7.1.2-04", "a length", b"0\r\nContent-Length: 100\r\n\r\n", b"",
         "never merged with the fields (section 7.1.2)"),
    good("9112-7.1.2-05", "a coding", b"0\r\nTransfer-Encoding: chunked\r\n\r\n", b"", "ditto"),
    good("9112-7.1.2-06", "a Host", b"0\r\nHost: evil.example\r\n\r\n", b"", "ditto"),
    good("9112-7.1.2-07", "Connection: close", b"0\r\nConnection: close\r\n\r\n", b"", "ditto"),
    good("9112-7.1.2-08", "7 KiB", b"0\r\nX: " + b"a" * 7 * 1024 + b"\r\n\r\n", b"", ""),
    bad("9112-7.1.2-20", "9 KiB in one", b"0\r\nX: " + b"a" * 9 * 1024 + b"\r\n\r\n",
        "a limit of 8 KiB", 431),
    bad("9112-7.1.2-21", "9 KiB in many", b"0\r\n" + b"X: a\r\n" * 1600 + b"\r\n", "ditto", 431),
    bad("9112-7.1.2-22", "endless", b"0\r\nX: " + b"a" * 20_000, "ditto", 431),
    bad("9112-7.1.2-23", "no colon", b"0\r\nX\r\n\r\n", TRAILER),
    bad("9112-7.1.2-24", "no name", b"0\r\n: a\r\n\r\n", TRAILER),
    bad("9112-7.1.2-25", "space before the colon", b"0\r\nX : a\r\n\r\n", TRAILER),
    bad("9112-7.1.2-26", "folded", b"0\r\nX: a\r\n b\r\n\r\n", TRAILER),
    bad("9112-7.1.2-27", "begins with a fold", b"0\r\n X: a\r\n\r\n", TRAILER),
    bad("9112-7.1.2-28", "NUL", b"0\r\nX: \0\r\n\r\n", TRAILER),
    bad("9112-7.1.2-29", "bare LF inside", b"0\r\nX: a\nY: b\r\n\r\n", TRAILER),
    bad("9112-7.1.2-30", "bare CR inside", b"0\r\nX: a\rY: b\r\n\r\n", TRAILER),
    bad("9112-7.1.2-31", "a request instead", b"0\r\n" + FRESH, TRAILER),
    # -- incomplete, section 8
    short("9112-8-40", "end before the first size", b""),
    short("9112-8-41", "end within a size", b"5"),
    short("9112-8-42", "end before the data", b"5\r\n"),
    short("9112-8-43", "end within the data", b"5\r\nabc"),
    short("9112-8-44", "end after the data", b"5\r\nabcde"),
    short("9112-8-45", "end before the last chunk", b"5\r\nabcde\r\n"),
    short("9112-8-46", "end within the last chunk", b"5\r\nabcde\r\n0\r\n"),
    short("9112-8-47", "end within a trailer", b"5\r\nabcde\r\n0\r\nX: a\r\n"),
]  # fmt: skip


@params(CASES)
def test_case(address: Address, case: Case) -> None:
    """Each has the answer the table says, and the server goes on."""
    judge(address, case)


SENT = chunked(b"5;x=y\r\nabcde\r\na\r\n0123456789\r\n0\r\nX: a\r\n\r\n")


@pytest.mark.parametrize("cut", range(SENT.index(b"5;x"), len(SENT), 2))
def test_coding_in_two_pieces(address: Address, cut: int) -> None:
    """Coding that comes in two segments is the same coding, wherever it is cut."""
    with Raw(address) as client:
        client.send(SENT[:cut]).send(SENT[cut:])
        assert client.answer().body == b"abcde0123456789"
        assert client.send(FRESH).answer().body == HELLO


def test_coding_byte_by_byte(address: Address) -> None:
    """... and in as many segments as it has bytes."""
    with Raw(address) as client:
        for byte in SENT:
            client.send(bytes([byte]))
        assert client.answer().body == b"abcde0123456789"
    still_answers(address)
