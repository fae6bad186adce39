"""Paths that middleware compares."""

from __future__ import annotations

import pytest

from quick_htag.messages.plain_path import plain_path
from quick_htag.messages.request import Request


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/", "/a/"),
        ("//private///x", "/private/x"),
        ("/./private/./x/.", "/private/x/"),
        ("/%70rivate/x%20y", "/private/x y"),
        ("/private/../x", "/private/../x"),
        ("/private%2Fx", "/private/x"),
        ("/private#x", "/private"),
        ("*", "/*"),
    ],
)
def test_paths_can_be_compared(raw: str, plain: str) -> None:
    """Another spelling of a path is the same path to middleware."""
    assert plain_path(raw) == plain
    assert Request("GET", f"{raw}?a=/b").plain_path == plain
