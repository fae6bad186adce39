"""Listings of folders."""

from __future__ import annotations

import datetime
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin

import pytest

from quick_htag.contained import path_segments
from quick_htag.folders import Entry
from quick_htag.handlers.listing import listing_json, listing_page, sorted_entries, sorting

ODD = [
    "a b.txt",
    "100%.txt",
    "<i>&\"'.txt",
    "javascript:alert(1)",
    "?x#y",
    "é😀.txt",
    "b\udcff.txt",
]
ENTRIES = [
    Entry("b.txt", False, 2000, 30.0),
    Entry("A.txt", False, 3_500_000, 10.0),
    Entry("z", True, 0, 5.0),
    Entry("c.txt", False, 2000, 20.0),
    Entry("y", True, 0, 50.0),
]


class Links(HTMLParser):
    """The targets of all links of a page, with their texts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        if tag == "a":
            self.found.append([dict(attrs)["href"] or "", ""])

    def handle_data(self, data: str) -> None:
        if self.found:
            self.found[-1][1] += data


def _hrefs(page: bytes) -> list[str]:
    return [href for href, _ in Links(page).found]


@pytest.mark.parametrize(
    ("by", "descending", "names"),
    [
        ("name", False, "y z A.txt b.txt c.txt"),
        ("name", True, "z y c.txt b.txt A.txt"),
        ("size", False, "y z b.txt c.txt A.txt"),
        ("size", True, "y z A.txt b.txt c.txt"),
        ("date", False, "z y A.txt c.txt b.txt"),
        ("date", True, "y z b.txt c.txt A.txt"),
    ],
)
def test_order(by: str, descending: bool, names: str) -> None:
    """Folders come first, whatever the order; equal ones are in order of their names."""
    assert [entry.name for entry in sorted_entries(ENTRIES, by, descending)] == names.split()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ("name", False)),
        ("sort=size", ("size", False)),
        ("sort=date&order=desc", ("date", True)),
        ("sort=secret&order=x", ("name", False)),
        ("sort&order", ("name", False)),
    ],
)
def test_what_a_query_asks_for(query: str, expected: tuple[str, bool]) -> None:
    """Three columns and two directions; anything else is the order of names."""
    assert sorting(query) == expected


def test_columns_are_links() -> None:
    """Each column sorts by itself, the present one the other way round, and is marked."""
    page = listing_page(ENTRIES, (), 0, "sort=size")
    assert _hrefs(page)[:3] == [
        "?sort=name&order=asc",
        "?sort=size&order=desc",
        "?sort=date&order=asc",
    ]
    assert b'aria-sort="ascending"' in page


def test_sizes_and_dates_can_be_read() -> None:
    """Sizes with units, dates as people write them and as programs do."""
    page = listing_page(ENTRIES, (), 0, "").decode()
    assert "3.34 MB" in page
    local = datetime.datetime.fromtimestamp(10.0).astimezone().strftime("%Y-%m-%d %H:%M")
    assert f'<time datetime="1970-01-01T00:00:10+00:00">{local}</time>' in page
    assert "2 folders · 3 files, 3.34 MB" in page


@pytest.mark.parametrize("name", ODD)
def test_odd_names(name: str) -> None:
    """Any name is shown as text, and its link leads to it."""
    entries = [Entry(name, False, 1, 0.0)]
    link, text = Links(listing_page(entries, ("sub",), 0, "")).found[-1]
    assert path_segments(urljoin("http://h/sub/", link)[len("http://h") :]) == ("sub", name)
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    assert shown in text
    assert re.match(r"[A-Za-z]+:", link) is None


def test_name_of_the_folder_is_escaped() -> None:
    """The title and the way to it are text as well."""
    page = listing_page([], ("<script>", "&"), 0, "")
    assert b"<script>" not in page
    assert b"<title>&amp;</title>" in page


def test_way_up() -> None:
    """Every folder on the way is a relative link, so it works under any prefix."""
    page = listing_page([], ("files", "a", "b"), 1, "")
    hrefs = [href for href in _hrefs(page) if not href.startswith("?")]
    assert hrefs == ["../../", "../", "../"]
    assert [unquote(urljoin("http://h/px/files/a/b/", href)) for href in hrefs[:2]] == [
        "http://h/px/files/",
        "http://h/px/files/a/",
    ]


def test_no_way_out() -> None:
    """The folder that is bound has no way up: there may be nothing."""
    assert all(href.startswith("?") for href in _hrefs(listing_page([], ("files",), 1, "")))


def test_empty_folder() -> None:
    """An empty folder says so."""
    assert b"This folder is empty." in listing_page([], (), 0, "")


@pytest.mark.parametrize("changed", [-1e12, 1e15])
def test_impossible_dates(changed: float) -> None:
    """A file from before or after all time is listed."""
    assert b"a.txt" in listing_page([Entry("a.txt", False, 0, changed)], (), 0, "")


def test_page_is_light_and_dark() -> None:
    """It follows what the reader has set."""
    assert b"prefers-color-scheme:dark" in listing_page([], (), 0, "")


def test_json() -> None:
    """Programs get names, kinds, sizes in bytes and dates with their zone."""
    lines = json.loads(listing_json(ENTRIES, "sort=date"))
    assert lines[0] == {
        "name": "z",
        "folder": True,
        "size": None,
        "changed": "1970-01-01T00:00:05+00:00",
    }
    assert (lines[-1]["name"], lines[-1]["size"]) == ("b.txt", 2000)
