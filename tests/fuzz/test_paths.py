"""Paths that lead to routes, files and other servers."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import checks_paths as paths
from tests.fuzz.targets import METHODS, WORDS

METHOD = st.sampled_from(METHODS)
PATH = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=5).map(
    lambda words: "/" + "/".join(words)
)
GIVEN = st.builds(paths.Given, METHOD, PATH, st.sampled_from([None, None, 0, 1, 2]))


@given(st.lists(GIVEN, max_size=10), METHOD, PATH | st.text(max_size=20))
@settings(max_examples=4 * settings().max_examples)
def test_a_route_is_found_as_by_comparing_all(
    given: list[paths.Given], method: str, path: str
) -> None:
    """And no mask or path is an error that is not said."""
    paths.check_routes(given, method, path)


STEPS = st.sampled_from(
    [
        "..",
        "%2e%2e",
        "%2E.",
        "..%2f",
        "..%5c",
        "\\",
        "..\\",
        "%c0%ae%c0%ae",
        "%00",
        "a.txt",
        "sub",
        "secret.txt",
        "link.txt",
        "out",
        "pipe.txt",
        ".hidden",
        "b.txt",
        "C:",
        "a.txt::$DATA",
        "NUL",
        "a.txt.",
        "a.txt ",
        "%252e%252e",
        "\udcff",
        "deep",
        "",
    ]
)
FILE_PATHS = st.lists(STEPS | st.text(max_size=3), max_size=6).map(
    lambda steps: "/" + "/".join(steps)
)


@given(FILE_PATHS | st.text(max_size=30))
@settings(max_examples=4 * settings().max_examples)
def test_a_path_leads_to_a_file_of_the_folder_or_nowhere(path: str) -> None:
    """No hidden one, no pipe, nothing outside."""
    paths.check_segments(path)
    paths.check_files(path)


@given(
    st.sampled_from(["/", "/shop/", "/a%2Fb/", "/../", "x"]),
    st.sampled_from(
        ["http://h", "https://h:1/base", "http://[::1]/a/b", "ftp://h", "http://h/../x"]
    ),
    FILE_PATHS.map(lambda path: "/shop" + path) | FILE_PATHS,
    st.text(max_size=20) | FILE_PATHS,
)
def test_what_is_passed_on_stays_below_its_target(
    name: str, url: str, target: str, location: str
) -> None:
    """However often the other server decodes it."""
    paths.check_proxy(name, url, target, location)


PARTS = [
    "http://",
    "https:",
    "//",
    "10.0.0.9",
    ":81",
    "/base",
    "/",
    "\\",
    "evil",
    "localhost:8080",
    "@",
]


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=7).map("".join))
def test_a_redirect_leads_here_or_where_the_target_said(location: str) -> None:
    """A moved one names no host."""
    paths.check_relocation(location)


def test_the_words_have_every_kind_of_segment() -> None:
    """So that routes with names in them are found, too."""
    assert any(word.startswith(":") for word in WORDS)
    assert any(re.search("%[0-9A-F]{2}", word) for word in WORDS)
