"""White and black lists of files."""

from __future__ import annotations

import os
import time

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.file_patterns import DEFAULT_WHITE_LIST, FilePatterns


@pytest.mark.parametrize(
    ("patterns", "path", "allowed"),
    [
        (["*.txt"], "/srv/a.TXT", True),
        (["*.TXT"], "/srv/a.txt", True),
        (["*.txt"], "/srv/a.txt.py", False),
        (["index.html"], "/srv/index.html", True),
        (["/srv/*"], "/srv/deep/in/it.py", True),
        (["srv/*"], "/srv/it.py", False),
        (["[ab].txt", "c*"], "/srv/cat.py", True),
    ],
)
def test_patterns(patterns: list[str], path: str, allowed: bool) -> None:
    """Patterns see the whole path, or the name, without case; "*" crosses "/"."""
    white, black = FilePatterns(), FilePatterns()
    white.add(patterns, blacklist=False)
    black.add(patterns, blacklist=True)
    path = path.replace("/", os.sep)
    assert (white.allows(path), black.allows(path)) == (allowed, not allowed)


def test_black_beats_white() -> None:
    """What is on both lists is refused; without a list all is allowed."""
    listed = FilePatterns()
    assert listed.allows("/srv/a.py")
    listed.add(["*.py", "*.txt"], blacklist=False)
    listed.add(["a.*"], blacklist=True)
    assert [listed.allows(f"/srv/{name}") for name in ("a.py", "b.py")] == [False, True]


def test_one_pattern_is_a_list_too() -> None:
    """A string would be taken letter by letter."""
    with pytest.raises(ConfigurationError, match="list"):
        FilePatterns().add("*.py", blacklist=True)


def test_default_white_list() -> None:
    """Web files are on it, programs are not."""
    listed = FilePatterns()
    listed.add(DEFAULT_WHITE_LIST, blacklist=False)
    assert [listed.allows(f"/srv/a.{end}") for end in ("CSS", "woff2", "py")] == [
        True,
        True,
        False,
    ]


def test_refuses_is_the_black_list() -> None:
    """What is on no list is not refused, nor is what the white list lacks."""
    listed = FilePatterns()
    listed.add(["*.js"], blacklist=False)
    listed.add(["secret*"], blacklist=True)
    paths = ("/a.js", "/a.js.gz", "/Secret.js")
    assert [listed.refuses(path) for path in paths] == [False, False, True]


def test_many_patterns_are_quick() -> None:
    """The default list and a long path take microseconds."""
    listed = FilePatterns()
    listed.add(DEFAULT_WHITE_LIST, blacklist=False)
    path = "/srv/" + "sub/" * 100 + "a.py"
    started = time.thread_time()
    for _ in range(1000):
        listed.allows(path)
    assert time.thread_time() - started < 0.5
