"""Validators, conditional requests and ranges (RFC 9110 sections 8.8, 13 and 14)."""

from __future__ import annotations

import functools
import os
import re
import time
from datetime import datetime, timezone
from email.utils import formatdate

from ..errors import ConfigurationError, HTTPError
from .headers import Headers

try:  # hashlib has it from there, and loads OpenSSL beside it
    from _blake2 import blake2b
except ImportError:  # another interpreter
    from hashlib import blake2b

_ETAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
# compiled at their first use, by ``re``: three times as long as importing this file
_RANGE = r"bytes=([0-9]{0,18})-([0-9]{0,18})"
_TIME = r"([0-2][0-9]):([0-5][0-9]):([0-6][0-9])"
_DATE = (  # RFC 9110 section 5.6.7: the form of today, of RFC 850, of asctime
    rf"[A-Z][a-z]{{2}}, ([0-9]{{2}}) ([A-Z][a-z]{{2}}) ([0-9]{{4}}) {_TIME} GMT"
    rf"|[A-Z][a-z]{{5,8}}, ([0-9]{{2}})-([A-Z][a-z]{{2}})-([0-9]{{2}}) {_TIME} GMT"
    rf"|[A-Z][a-z]{{2}} ([A-Z][a-z]{{2}}) ([ 0-9][0-9]) {_TIME} ([0-9]{{4}})"
)
_LONGEST_DATE = len("Wednesday, 01-Jan-20 00:00:00 GMT")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class CacheControl:
    """The ``Cache-Control`` of one application; changed at any time, on any thread.

    Args:
        max_age: seconds an answer may be used without asking again.

    """

    __slots__ = ("_max_age", "field")

    def __init__(self, max_age: int = 0) -> None:
        self.field = ("", "")  # the header field, built once and not per answer
        self.max_age = max_age

    @property
    def max_age(self) -> int:
        """Seconds an answer may be used without asking again.

        Raises:
            ConfigurationError: set to something else than a whole number from 0.

        """
        return self._max_age

    @max_age.setter
    def max_age(self, seconds: int) -> None:
        if not isinstance(seconds, int) or seconds < 0:
            raise ConfigurationError(f"max_age is in whole seconds from 0, not {seconds!r}")
        self._max_age = seconds
        self.field = ("Cache-Control", f"max-age={int(seconds)}")


def etag_of_bytes(data: bytes) -> str:
    """The strong entity tag of a body."""
    return f'"{blake2b(data, digest_size=16).hexdigest()}"'


def etag_of_file(stat: os.stat_result) -> str:
    """The entity tag of a file, from its size and time of change: it is never read for this."""
    return f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'


@functools.lru_cache(maxsize=1024)  # the dates of files that are asked for again and again
def http_date(timestamp: float) -> str:
    """Seconds since the epoch as an HTTP date."""
    return formatdate(timestamp, usegmt=True)


def parse_http_date(text: str) -> int | None:
    """An HTTP date in any of its three forms as seconds since the epoch; None: not a date."""
    date = text.strip(" \t")
    return _seconds_of(date) if len(date) <= _LONGEST_DATE else None


@functools.lru_cache(maxsize=1024)  # of short texts, since clients write them
def _seconds_of(text: str) -> int | None:
    match = re.fullmatch(_DATE, text)
    if match is None:
        return None
    fixed, old, c_form = match.groups()[:6], match.groups()[6:12], match.groups()[12:]
    if fixed[0] is not None:
        day, month, year, *clock = fixed
    elif old[0] is not None:
        day, month, year, *clock = old
        year = _full_year(int(year))
    else:
        month, day, *clock, year = c_form
    hour, minute, second = map(int, clock)
    try:
        date = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), hour, minute, tzinfo=timezone.utc
        )
    except ValueError:  # there is no such day or hour
        return None
    return int(date.timestamp()) + min(second, 59)  # a leap second is no second of its own here


def _full_year(short: int) -> int:
    """A year of two digits is at most 50 years ahead (RFC 9110 section 5.6.7)."""
    now = time.gmtime().tm_year
    year = now - now % 100 + short
    return year - 100 if year > now + 50 else year


def check_preconditions(headers: Headers, etag: str, changed: float | None = None) -> None:
    """Obey ``If-Match``, or without it ``If-Unmodified-Since`` (RFC 9110 section 13.2.2).

    Args:
        headers: of the request.
        etag: the strong entity tag of what would be sent.
        changed: when that was changed, in seconds since the epoch; None: unknown.

    Raises:
        HTTPError: 412, the client wants another version.

    """
    field = headers.get("if-match")
    if field is not None:
        if field.strip(" \t") != "*" and not _strong_match(field, etag):
            raise HTTPError(412)
        return
    since = headers.get("if-unmodified-since") if changed is not None else None
    if since is None or changed is None:
        return
    seconds = parse_http_date(since)
    if seconds is not None and int(changed) > seconds:
        raise HTTPError(412)


def _strong_match(field: str, etag: str) -> bool:
    return any(match[0] == etag for match in _ETAG.finditer(field))


def none_match(field: str, etag: str) -> bool:
    """Whether an ``If-None-Match`` field names ``etag``, by weak comparison, or is "*"."""
    return field.strip(" \t") == "*" or etag.removeprefix("W/") in _ETAG.findall(field)


def not_modified(method: str, headers: Headers, etag: str, changed: float | None = None) -> bool:
    """Whether a request is to be answered with 304.

    Args:
        method: only GET and HEAD can be.
        headers: of the request; ``If-Modified-Since`` counts only without ``If-None-Match``.
        etag: of what would be sent.
        changed: when that was changed, in seconds since the epoch; None: unknown.

    """
    if method not in ("GET", "HEAD"):
        return False
    field = headers.get("if-none-match")
    if field is not None:
        return none_match(field, etag)
    since = headers.get("if-modified-since") if changed is not None else None
    if since is None or changed is None:
        return False
    seconds = parse_http_date(since)
    return seconds is not None and int(changed) <= seconds


def parse_range(field: str, size: int) -> tuple[int, int] | None:
    """What a ``Range`` field asks for: the first byte and the one after the last.

    None: several ranges, another unit or no valid range, to be answered as if it was not there.

    Raises:
        HTTPError: 416, nothing of the range exists.

    """
    match = re.fullmatch(_RANGE, field.strip(" \t"), re.IGNORECASE)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, stop = max(0, size - int(match[2])), size
        if size == 0:  # "the last bytes of nothing" is all there is
            return None
    else:
        start, stop = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size:
        raise HTTPError(416, headers=[("Content-Range", f"bytes */{size}")])
    return start, stop


def requested_range(
    method: str, headers: Headers, size: int, etag: str, changed: float
) -> tuple[int, int] | None:
    """The part of a representation that a request wants, ``If-Range`` obeyed; None: all of it.

    Args:
        method: only GET has ranges.
        headers: of the request.
        size: of the whole, in bytes.
        etag: its strong entity tag.
        changed: when it was changed, in seconds since the epoch.

    Raises:
        HTTPError: 416, nothing of the range exists.

    """
    field = headers.get("range")
    if field is None or method != "GET":
        return None
    condition = headers.get("if-range")
    if (
        condition is None
        or condition.strip(" \t") == etag
        or parse_http_date(condition) == int(changed)
    ):
        return parse_range(field, size)
    return None
