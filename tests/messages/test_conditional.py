"""Entity tags, dates, conditions and ranges."""

from __future__ import annotations

import calendar
import os
import time
from pathlib import Path

import pytest

from quick_htag.errors import ConfigurationError, HTTPError
from quick_htag.messages.conditional import (
    CacheControl,
    check_preconditions,
    etag_of_bytes,
    etag_of_file,
    http_date,
    none_match,
    not_modified,
    parse_http_date,
    parse_range,
    requested_range,
)
from quick_htag.messages.headers import Headers

CHANGED = 784111777.5
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


def test_etag_of_bytes_is_strong() -> None:
    """A tag is quoted, equal for equal bytes, and another for others."""
    assert etag_of_bytes(b"a") == etag_of_bytes(b"a") != etag_of_bytes(b"b")
    assert etag_of_bytes(b"a").strip('"').isalnum()


def test_etag_of_file_changes_with_it(tmp_path: Path) -> None:
    """Size and time of change make the tag of a file."""
    path = tmp_path / "f"
    path.write_bytes(b"a")
    first = etag_of_file(path.stat())
    os.utime(path, ns=(1, 1))
    second = etag_of_file(path.stat())
    path.write_bytes(b"ab")
    os.utime(path, ns=(1, 1))
    assert len({first, second, etag_of_file(path.stat())}) == 3


@pytest.mark.parametrize(
    "text", [DATE, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_dates_in_three_forms(text: str) -> None:
    """All forms of RFC 9110 section 5.6.7 are read, the first is written."""
    assert parse_http_date(text) == int(CHANGED)
    assert http_date(int(CHANGED)) == DATE


def test_dates_do_not_depend_on_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The form of asctime names no zone and means UTC, wherever the server is."""
    monkeypatch.setenv("TZ", "America/New_York")
    getattr(time, "tzset", lambda: None)()
    try:
        assert parse_http_date("Sun Nov 13 08:49:37 1994") == int(CHANGED) + 7 * 86400
    finally:
        monkeypatch.undo()
        getattr(time, "tzset", lambda: None)()


def test_year_of_two_digits() -> None:
    """It is never more than 50 years ahead."""
    year = time.gmtime().tm_year
    near, far = (f"Friday, 01-Jan-{(year + ahead) % 100:02} 00:00:00 GMT" for ahead in (50, 51))
    assert parse_http_date(near) == calendar.timegm((year + 50, 1, 1, 0, 0, 0))
    assert parse_http_date(far) == calendar.timegm((year + 51 - 100, 1, 1, 0, 0, 0))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "0",
        ", ,",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        f"{DATE}, {DATE}",
        f"{DATE}; length=5",
    ],
)
def test_no_date(text: str) -> None:
    """What is no date is None."""
    assert parse_http_date(text) is None


@pytest.mark.parametrize("field", ['"x"', 'W/"x"', '"a", "x"', '"a,b" , W/"x"', "*", " * "])
def test_none_match_finds(field: str) -> None:
    """Lists, weak tags and the star name the tag."""
    assert none_match(field, '"x"')


@pytest.mark.parametrize("field", ["x", "", '"y"', '"a,"x', '"X"'])
def test_none_match_misses(field: str) -> None:
    """Unquoted and other tags do not."""
    assert not none_match(field, '"x"')


@pytest.mark.parametrize(
    ("method", "fields", "expected"),
    [
        ("GET", {}, False),
        ("GET", {"if-none-match": '"x"'}, True),
        ("HEAD", {"if-none-match": '"x"'}, True),
        ("POST", {"if-none-match": '"x"'}, False),
        ("GET", {"if-modified-since": DATE}, True),
        ("GET", {"if-modified-since": "Sun, 06 Nov 1994 08:49:36 GMT"}, False),
        ("GET", {"if-modified-since": "nonsense"}, False),
        ("GET", {"if-modified-since": DATE, "if-none-match": '"y"'}, False),
    ],
)
def test_not_modified(method: str, fields: dict[str, str], expected: bool) -> None:
    """Only GET and HEAD, and the date only without a tag."""
    assert not_modified(method, Headers(fields.items()), '"x"', CHANGED) is expected


def test_unknown_time_of_change() -> None:
    """Without a time of change a date says nothing."""
    assert not not_modified("GET", Headers([("If-Modified-Since", DATE)]), '"x"')


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=4-", (4, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=9-99", (9, 10)),
        ("Bytes=1-2", (1, 3)),
        ("bytes = 1-2", None),
        ("bytes=1 - 2", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=x-1", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("", None),
    ],
)
def test_range(field: str, expected: tuple[int, int] | None) -> None:
    """One range of bytes is obeyed, everything else is as if it was not there."""
    assert parse_range(field, 10) == expected


@pytest.mark.parametrize(("field", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_range_outside_is_416(field: str, size: int) -> None:
    """A range of which nothing exists is refused and told the size."""
    with pytest.raises(HTTPError) as caught:
        parse_range(field, size)
    assert caught.value.status == 416
    assert caught.value.headers == (("Content-Range", f"bytes */{size}"),)


def test_last_bytes_of_nothing() -> None:
    """The end of an empty file is the empty file."""
    assert parse_range("bytes=-5", 0) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [(None, (0, 1)), ('"x"', (0, 1)), (DATE, (0, 1)), ('W/"x"', None), ('"y"', None), ("?", None)],
)
def test_if_range(condition: str | None, expected: tuple[int, int] | None) -> None:
    """A range holds only for the version that the client knows."""
    fields = {"range": "bytes=0-0"} | ({} if condition is None else {"if-range": condition})
    assert requested_range("GET", Headers(fields.items()), 10, '"x"', CHANGED) == expected


def test_only_get_has_ranges() -> None:
    """HEAD is answered as if there was no range (RFC 9110 section 14.2)."""
    headers = Headers([("Range", "bytes=0-0")])
    assert requested_range("HEAD", headers, 10, '"x"', CHANGED) is None


def test_cache_control() -> None:
    """The field follows the setting."""
    cache = CacheControl()
    cache.max_age = 60
    assert (cache.max_age, cache.field) == (60, ("Cache-Control", "max-age=60"))


@pytest.mark.parametrize("value", [-1, 1.5, "60"])
def test_cache_control_takes_seconds(value: object) -> None:
    """Anything but whole seconds from 0 is a mistake."""
    with pytest.raises(ConfigurationError):
        CacheControl(value)  # type: ignore[arg-type]  # what is tested


TAG = '"x"'
BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT"


@pytest.mark.parametrize(
    ("fields", "goes_on"),
    [
        ({}, True),
        ({"If-Match": TAG}, True),
        ({"If-Match": '"y", "x"'}, True),
        ({"If-Match": " * "}, True),
        ({"If-Match": '"y"'}, False),
        ({"If-Match": 'W/"x"'}, False),
        ({"If-Match": "x"}, False),
        ({"If-Match": ""}, False),
        ({"If-Unmodified-Since": DATE}, True),
        ({"If-Unmodified-Since": BEFORE}, False),
        ({"If-Unmodified-Since": "no date"}, True),
        ({"If-Match": TAG, "If-Unmodified-Since": BEFORE}, True),
        ({"If-Match": '"y"', "If-Unmodified-Since": DATE}, False),
    ],
)
def test_preconditions(fields: dict[str, str], goes_on: bool) -> None:
    """Tags are compared strongly, and a date counts only without a tag."""
    headers = Headers(fields.items())
    if goes_on:
        check_preconditions(headers, TAG, CHANGED)
    else:
        with pytest.raises(HTTPError) as caught:
            check_preconditions(headers, TAG, CHANGED)
        assert caught.value.status == 412


def test_preconditions_of_what_has_no_date() -> None:
    """A tag counts, a date does not."""
    check_preconditions(Headers([("If-Unmodified-Since", BEFORE)]), TAG)
    with pytest.raises(HTTPError):
        check_preconditions(Headers([("If-Match", '"y"')]), TAG)


def test_a_long_text_is_no_date() -> None:
    """Nor is it remembered, as dates are."""
    assert parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT" + " " * 9000) is not None
    assert parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT" + "x" * 9000) is None
