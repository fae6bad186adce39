"""RFC 9110 section 14: parts of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.raw import Ask, Raw, asks, judge_ask, request
from tests.conformance.served import TEXT

if TYPE_CHECKING:
    from tests.conformance.raw import Address

FILE = "/files/text.txt"
SIZE = len(TEXT)
MALFORMED = "invalid, MAY be ignored (section 14.2)"
SEVERAL = "MAY be ignored; no client of files needs parts in one answer (section 14.2)"


def part(number: int, what: str, field: str, first: int, last: int, why: str = "") -> Ask:
    """A range that is sent."""
    content_range = ("Content-Range", f"bytes {first}-{last}/{SIZE}")
    fields = (content_range, ("Content-Length", str(last - first + 1)))
    body = TEXT[first : last + 1]
    lines = (f"Range: {field}",)
    return Ask(f"9110-14.1-{number:02}", what, "GET", FILE, lines, 206, why, fields, body)


def whole(number: int, what: str, field: str, why: str, *more: str, method: str = "GET") -> Ask:
    """A range that is ignored."""
    body = TEXT if method == "GET" else None
    fields = (("Content-Range", None), ("Content-Length", str(SIZE)))
    lines = (f"Range: {field}", *more)
    return Ask(f"9110-14.2-{number:02}", what, method, FILE, lines, 200, why, fields, body)


def beyond(number: int, what: str, field: str, path: str = FILE, size: int = SIZE) -> Ask:
    """A range of which nothing is there."""
    why = "none of it is there (section 15.5.17)"
    fields = (("Content-Range", f"bytes */{size}"),)
    return Ask(f"9110-14.4-{number:02}", what, "GET", path, (f"Range: {field}",), 416, why, fields)


CASES = [
    part(1, "the first byte", "bytes=0-0", 0, 0),
    part(2, "some in the middle", "bytes=10-19", 10, 19),
    part(3, "the last byte", f"bytes={SIZE - 1}-{SIZE - 1}", SIZE - 1, SIZE - 1),
    part(4, "from a byte on", "bytes=30-", 30, SIZE - 1),
    part(5, "everything", "bytes=0-", 0, SIZE - 1, "asked for, so it is a part"),
    part(6, "end beyond the file", "bytes=30-999", 30, SIZE - 1, "is cut (section 14.1.2)"),
    part(7, "end far beyond", "bytes=0-99999999999999999", 0, SIZE - 1, "is cut"),
    part(8, "the last five", "bytes=-5", SIZE - 5, SIZE - 1),
    part(9, "more than all at the end", "bytes=-999", 0, SIZE - 1, "is all (section 14.1.2)"),
    part(10, "unit in capitals", "BYTES=0-1", 0, 1, "units have no case (section 14.1)"),
    part(11, "leading zeros", "bytes=00-01", 0, 1),
    beyond(1, "from the end", f"bytes={SIZE}-"),
    beyond(2, "far beyond", "bytes=1000-2000"),
    beyond(3, "the last none", "bytes=-0"),
    beyond(4, "of an empty file", "bytes=0-", "/files/empty.txt", 0),
    beyond(5, "first of an empty file", "bytes=0-0", "/files/empty.txt", 0),
    whole(1, "several", "bytes=0-0,2-2", SEVERAL),
    whole(2, "several that overlap", "bytes=0-5,3-8", SEVERAL),
    whole(3, "a thousand", "bytes=" + ",".join(["0-"] * 1000), "is how servers were attacked"),
    whole(4, "several, one beyond", "bytes=0-0,999-", SEVERAL),
    whole(5, "other unit", "lines=0-1", "MUST be ignored (section 14.2)"),
    whole(6, "no unit", "0-1", MALFORMED),
    whole(7, "backwards", "bytes=5-2", MALFORMED),
    whole(8, "no numbers", "bytes=-", MALFORMED),
    whole(9, "nothing", "bytes=", MALFORMED),
    whole(10, "letters", "bytes=a-b", MALFORMED),
    whole(11, "negative", "bytes=--5", MALFORMED),
    whole(12, "one number", "bytes=5", MALFORMED),
    whole(13, "plus", "bytes=+1-2", MALFORMED),
    whole(14, "hexadecimal", "bytes=0x0-0x1", MALFORMED),
    whole(15, "space around the equals sign", "bytes = 0-1", MALFORMED),
    whole(16, "space inside", "bytes=0 - 1", MALFORMED),
    whole(17, "three numbers", "bytes=0-1-2", MALFORMED),
    whole(18, "huge start", "bytes=" + "9" * 100 + "-", MALFORMED),
    whole(19, "not of ASCII", "bytes=\xb2-", MALFORMED),
    whole(20, "twice", "bytes=0-1", "no list is defined", "Range: bytes=2-3"),
    whole(21, "HEAD", "bytes=0-1", "is defined for GET only", method="HEAD"),
    whole(22, "If-Range with another tag", "bytes=0-1", "the file is another one", 'If-Range: "a"'),
    whole(23, "If-Range with a weak tag", "bytes=0-1", "MUST be the strong comparison (13.1.5)",
          "If-Range: W/{tag}"),
    whole(24, "If-Range with an earlier date", "bytes=0-1", "",
          "If-Range: Sun, 09 Sep 2001 01:46:39 GMT"),
    whole(25, "If-Range with a later date", "bytes=0-1", "MUST be the very same (13.1.5)",
          "If-Range: Sun, 09 Sep 2001 01:46:41 GMT"),
    whole(26, "If-Range without quotes", "bytes=0-1", "neither tag nor date", "If-Range: a"),
    whole(27, "If-Range with two tags", "bytes=0-1", "no list is defined", 'If-Range: "a", {tag}'),
    whole(28, "If-Range with a star", "bytes=0-1", "no tag", "If-Range: *"),
    whole(29, "If-Range false, range beyond", "bytes=999-", "is not looked at", 'If-Range: "a"'),
    Ask("9110-14.2-40", "suffix of an empty file", "GET", "/files/empty.txt", ("Range: bytes=-5",),
        200, "all of nothing", (("Content-Length", "0"),), b""),
    Ask("9110-14.2-41", "of an endpoint", "GET", "/hello", ("Range: bytes=0-1",), 200,
        "made for each request, so it has no parts", (("Content-Range", None),), b"hello"),
    Ask("9110-14.2-42", "of what is not there", "GET", "/files/no.txt", ("Range: bytes=0-1",), 404),
    Ask("9110-13.1.5-01", "If-Range with the tag", "GET", FILE,
        ("Range: bytes=0-1", "If-Range: {tag}"), 206, "", (), TEXT[:2]),
    Ask("9110-13.1.5-02", "If-Range with the date", "GET", FILE,
        ("Range: bytes=0-1", "If-Range: Sun, 09 Sep 2001 01:46:40 GMT"), 206, "", (), TEXT[:2]),
    Ask("9110-13.1.5-03", "If-Range without Range", "GET", FILE, ('If-Range: "a"',), 200,
        "MUST be ignored", (), TEXT),
    Ask("9110-13.1.5-04", "If-Range, range beyond", "GET", FILE,
        ("Range: bytes=999-", "If-Range: {tag}"), 416),
    Ask("9110-14.3-01", "what is said of ranges", "GET", FILE, (), 200, "",
        (("Accept-Ranges", "bytes"),)),
    Ask("9110-14.3-02", "what is said of ranges to HEAD", "HEAD", FILE, (), 200, "",
        (("Accept-Ranges", "bytes"),)),
]  # fmt: skip


@pytest.fixture(scope="module")
def tag(address: Address) -> str:
    """The entity tag of the file."""
    with Raw(address) as client:
        return client.send(request(start=f"GET {FILE} HTTP/1.1")).answer().field("ETag") or ""


@asks(CASES)
def test_case(address: Address, tag: str, ask: Ask) -> None:
    """Each has the answer the table says, and the connection goes on."""
    lines = tuple(line.replace("{tag}", tag) for line in ask.lines)
    answer = judge_ask(address, ask._replace(lines=lines))
    if answer.status == 206:
        assert answer.field("ETag") == tag, "MUST be there (section 15.3.7)"
        assert answer.field("Last-Modified")
