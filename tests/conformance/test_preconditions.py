"""RFC 9110 section 13: preconditions of requests for files and endpoints, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.raw import Ask, Raw, asks, judge_ask, request
from tests.conformance.served import TEXT

if TYPE_CHECKING:
    from tests.conformance.raw import Address

FILE = "/files/text.txt"
EXACT = "Sun, 09 Sep 2001 01:46:40 GMT"  # when the file was changed
BEFORE = "Sun, 09 Sep 2001 01:46:39 GMT"
AFTER = "Sun, 09 Sep 2001 01:46:41 GMT"
LATE = "Fri, 01 Jan 2100 00:00:00 GMT"

MATCH, NONE = "If-Match: ", "If-None-Match: "
SINCE, UNLESS = "If-Modified-Since: ", "If-Unmodified-Since: "
IGNORED = "MUST be ignored: not a date"


def rows(section: str, *lines: tuple[object, ...], path: str = FILE, start: int = 1) -> list[Ask]:
    """Cases of one section: what, field lines, status, why, and the method if it is not GET.

    ``{tag}`` in a line becomes the entity tag of what is asked for.
    """
    found = []
    for at, (what, fields, status, why, *method) in enumerate(lines, start):
        number = f"9110-{section}-{at:02}"
        found.append(Ask(number, what, *(method or ["GET"]), path, fields, status, why))  # type: ignore[arg-type]
    return found


CASES = [
    *rows(
        "13.1.1",
        ("the tag", (MATCH + "{tag}",), 200, ""),
        ("star", (MATCH + "*",), 200, "there is a representation"),
        ("another tag", (MATCH + '"other"',), 412, "the client wants another version"),
        ("one of several", (MATCH + '"a", {tag}, "b"',), 200, ""),
        ("one of several lines", (MATCH + '"a"', MATCH + "{tag}"), 200, "a list"),
        ("none of several", (MATCH + '"a", "b"',), 412, ""),
        ("weak", (MATCH + "W/{tag}",), 412, "MUST be the strong comparison"),
        ("without quotes", (MATCH + "abc",), 412, "no tag, so it matches nothing"),
        ("empty", (MATCH,), 412, "no tag, so it matches nothing"),
        ("HEAD", (MATCH + '"other"',), 412, "", "HEAD"),
        ("tag with a comma", (MATCH + '"a,b", {tag}',), 200, "a comma in quotes separates nothing"),
    ),
    *rows(
        "13.1.1",
        ("the tag of an endpoint", (MATCH + "{tag}",), 200, ""),
        ("star for an endpoint", (MATCH + "*",), 200, ""),
        ("another tag for an endpoint", (MATCH + '"other"',), 412, "MUST be evaluated"),
        ("HEAD of an endpoint", (MATCH + '"other"',), 412, "ditto", "HEAD"),
        path="/hello",
        start=21,
    ),
    *rows(
        "13.1.2",
        ("the tag", (NONE + "{tag}",), 304, ""),
        ("star", (NONE + "*",), 304, "there is a representation"),
        ("another tag", (NONE + '"other"',), 200, ""),
        ("weak", (NONE + "W/{tag}",), 304, "MUST be the weak comparison"),
        ("one of several", (NONE + '"a", W/{tag}',), 304, ""),
        ("none of several", (NONE + '"a", "b"',), 200, ""),
        ("several lines", (NONE + '"a"', NONE + "{tag}"), 304, "a list"),
        ("HEAD", (NONE + "{tag}",), 304, "", "HEAD"),
        ("without quotes", (NONE + "abc",), 200, "no tag"),
        ("small w", (NONE + "w/{tag}",), 304, "what is in the quotes is the tag"),
    ),
    *rows(
        "13.1.2",
        ("the tag of an endpoint", (NONE + "{tag}",), 304, ""),
        ("star for an endpoint", (NONE + "*",), 304, ""),
        ("another tag for an endpoint", (NONE + '"other"',), 200, ""),
        ("HEAD of an endpoint", (NONE + "{tag}",), 304, "", "HEAD"),
        path="/hello",
        start=21,
    ),
    *rows(
        "13.1.3",
        ("its date", (SINCE + EXACT,), 304, ""),
        ("earlier", (SINCE + BEFORE,), 200, ""),
        ("later", (SINCE + AFTER,), 304, ""),
        ("in the future", (SINCE + LATE,), 304, ""),
        ("HEAD", (SINCE + EXACT,), 304, "", "HEAD"),
        ("date of RFC 850", (SINCE + "Sunday, 09-Sep-01 01:46:40 GMT",), 304,
         "MUST be accepted (section 5.6.7)"),
        ("date of asctime", (SINCE + "Sun Sep  9 01:46:40 2001",), 304, "ditto, and it is UTC"),
        ("date of asctime, earlier", (SINCE + "Sun Sep  9 01:46:39 2001",), 200, "ditto"),
        ("RFC 850 in the past", (SINCE + "Friday, 09-Sep-99 01:46:40 GMT",), 200,
         "two digits are never more than 50 years ahead (section 5.6.7)"),
        ("no date", (SINCE + "yesterday",), 200, IGNORED),
        ("empty", (SINCE,), 200, IGNORED),
        ("number", (SINCE + "4102444800",), 200, IGNORED),
        ("ISO 8601", (SINCE + "2100-01-01T00:00:00Z",), 200, IGNORED),
        ("other zone", (SINCE + "Fri, 01 Jan 2100 00:00:00 +0200",), 200, IGNORED),
        ("other zone by name", (SINCE + "Fri, 01 Jan 2100 00:00:00 EST",), 200, IGNORED),
        ("no zone", (SINCE + "Fri, 01 Jan 2100 00:00:00",), 200, IGNORED),
        ("no such day", (SINCE + "Wed, 31 Feb 2100 00:00:00 GMT",), 200, IGNORED),
        ("no such hour", (SINCE + "Fri, 01 Jan 2100 24:00:00 GMT",), 200, IGNORED),
        ("two dates", (SINCE + EXACT, SINCE + EXACT), 200, IGNORED),
        ("something behind it", (SINCE + EXACT + "; length=36",), 200, IGNORED),
        ("leap second", (SINCE + "Fri, 31 Dec 2100 23:59:60 GMT",), 304, "is a date"),
        ("year 9999", (SINCE + "Fri, 31 Dec 9999 23:59:59 GMT",), 304, "is a date"),
        ("year 0", (SINCE + "Sat, 01 Jan 0000 00:00:00 GMT",), 200, "before everything"),
    ),
    *rows(
        "13.1.4",
        ("its date", (UNLESS + EXACT,), 200, ""),
        ("earlier", (UNLESS + BEFORE,), 412, "it was changed since"),
        ("later", (UNLESS + AFTER,), 200, ""),
        ("HEAD", (UNLESS + BEFORE,), 412, "", "HEAD"),
        ("no date", (UNLESS + "never",), 200, IGNORED),
        ("other zone", (UNLESS + "Sun, 09 Sep 2001 01:46:39 +0000",), 200, IGNORED),
        ("two dates", (UNLESS + BEFORE, UNLESS + BEFORE), 200, IGNORED),
        ("asctime", (UNLESS + "Sun Sep  9 01:46:39 2001",), 412, "is a date"),
    ),
    *rows(
        "13.2.1",
        ("If-Match for nothing", (MATCH + '"a"',), 404, "ignored unless it would be 2xx"),
        ("If-None-Match for nothing", (NONE + "*",), 404, "ditto"),
        ("If-Unmodified-Since for nothing", (UNLESS + BEFORE,), 404, "ditto"),
        ("If-Match with OPTIONS", (MATCH + '"a"',), 404, "selects no representation", "OPTIONS"),
        path="/files/nothing.txt",
    ),
    *rows(
        "13.2.1",
        ("If-Match where the method is not allowed", (MATCH + '"a"',), 405, "", "DELETE"),
        ("If-Match with OPTIONS for a file", (MATCH + '"a"',), 204, "", "OPTIONS"),
        start=11,
    ),
    *rows(
        "13.2.2",
        ("1 true, 2 false", (MATCH + "{tag}", UNLESS + BEFORE), 200, "1 decides, 2 is not read"),
        ("1 false, 2 true", (MATCH + '"a"', UNLESS + AFTER), 412, "ditto"),
        ("1 true, 3 false", (MATCH + "{tag}", NONE + "{tag}"), 304, "3 follows 1"),
        ("1 true, 3 true", (MATCH + "{tag}", NONE + '"a"'), 200, "3 follows 1"),
        ("1 false, 3 false", (MATCH + '"a"', NONE + "{tag}"), 412, "1 comes first"),
        ("2 false, 3 false", (UNLESS + BEFORE, NONE + "{tag}"), 412, "2 comes before 3"),
        ("2 true, 3 false", (UNLESS + AFTER, NONE + "{tag}"), 304, "3 follows 2"),
        ("2 true, 4 false", (UNLESS + EXACT, SINCE + EXACT), 304, "4 follows 2"),
        ("1 true, 4 false", (MATCH + "{tag}", SINCE + EXACT), 304, "4 follows 1"),
        ("3 true, 4 false", (NONE + '"a"', SINCE + EXACT), 200, "3 decides, 4 is not read"),
        ("3 false, 4 true", (NONE + "{tag}", SINCE + BEFORE), 304, "ditto"),
        ("4 false, 5 true", (SINCE + EXACT, "Range: bytes=0-1"), 304, "5 comes last"),
        ("3 false, 5 true", (NONE + "{tag}", "Range: bytes=0-1", "If-Range: {tag}"), 304, "ditto"),
        ("1 false, 5 false", (MATCH + '"a"', "Range: bytes=99-"), 412, "ditto"),
        ("3 true, 5 false", (NONE + '"a"', "Range: bytes=99-"), 416, "ditto"),
        ("1, 3 and 5 true", (MATCH + "{tag}", NONE + '"a"', "Range: bytes=0-1"), 206, ""),
    ),
]  # fmt: skip


def tag_of(address: Address, path: str) -> str:
    """The entity tag of something that is there."""
    with Raw(address) as client:
        tag = client.send(request(start=f"GET {path} HTTP/1.1")).answer().field("ETag")
    return tag or '"none"'


@pytest.fixture(scope="module")
def tags(address: Address) -> dict[str, str]:
    """The entity tags of what is asked for."""
    return {path: tag_of(address, path) for path in {case.path for case in CASES}}


@asks(CASES)
def test_case(address: Address, tags: dict[str, str], ask: Ask) -> None:
    """Each has the answer the table says, and the connection goes on."""
    lines = tuple(line.replace("{tag}", tags[ask.path]) for line in ask.lines)
    answer = judge_ask(address, ask._replace(lines=lines))
    if answer.status == 304:
        tag = answer.field("ETag") or ""  # a client that has the weak one is told that it is good
        assert tag.removeprefix("W/") == tags[ask.path], "MUST be there (section 15.4.5)"
        assert answer.field("Content-Type") is None, "not without content"
    if answer.status == 200 and ask.method == "GET" and ask.path == FILE:
        assert answer.body == TEXT


def test_tag_is_strong_and_stays(address: Address) -> None:
    """A file has one strong tag and its date as long as nobody changes it (section 8.8)."""
    with Raw(address) as client:
        first, second = (
            client.send(request(start=f"GET {FILE} HTTP/1.1")).answer() for _ in range(2)
        )
    assert first.field("ETag") == second.field("ETag")
    assert (first.field("ETag") or "").startswith('"')
    assert first.field("Last-Modified") == EXACT
