"""Which paths fit, and what they give."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.runners.paths import PathPattern

ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("pattern", "path", "values"),
    [
        ("/", "/", {}),
        ("/a", "/a", {}),
        ("/a", "/a/", {}),
        ("/a/", "/a", {}),
        ("/a.b", "/aXb", None),
        ("/a", "/a/b", None),
        ("/{x}", "/ann", {"x": "ann"}),
        ("/{x}", "/a/b", None),
        ("/{x}", "/", None),
        ("/auth_{action}", "/auth_login", {"action": "login"}),
        ("/n/{x:int}", "/n/42", {"x": 42}),
        ("/n/{x:int}", "/n/-1", None),
        ("/n/{x:int}", "/n/\u0663", None),
        ("/n/{x:float}", "/n/1.5", {"x": 1.5}),
        ("/n/{x:uuid}", f"/n/{ID}", {"x": ID}),
        ("/f/{x:path}", "/f/a/b.txt", {"x": "a/b.txt"}),
        ("/f/{x:path}", "/f/", {"x": ""}),
        ("/{a}/{b:int}", "/x/1", {"a": "x", "b": 1}),
        ("/{year}-{month:int}-{day}", "/a-b-2-c/", {"year": "a-b", "month": 2, "day": "c"}),
        ("/{a:path}/at/{b:path}", "/x/y/at/", {"a": "x/y", "b": ""}),
    ],
)
def test_parameters_are_read(pattern: str, path: str, values: dict[str, Any] | None) -> None:
    """A path fits as a whole, with or without a slash at its end."""
    assert PathPattern(pattern).match(path) == values


@pytest.mark.parametrize("path", ["a", "/{", "/{x", "/}", "/{x:number}", "/{}", "/{x}/{x}", "/{1}"])
def test_impossible_paths_are_refused(path: str) -> None:
    """What cannot match is said at once."""
    with pytest.raises(ConfigurationError):
        PathPattern(path)


def test_a_path_is_filled() -> None:
    """The way back encodes what a path cannot hold."""
    pattern = PathPattern("/{a}/{b:int}")
    assert pattern.fill({"a": "x y", "b": 1}) == "/x%20y/1"
    with pytest.raises(ConfigurationError, match="a, b"):
        pattern.fill({"a": 1})


def test_many_slashes_take_no_time() -> None:
    """A long path is refused quickly."""
    assert PathPattern("/{a}/{b:path}/c").match("/" + "/" * 20000) is None


def test_many_dashes_take_no_time() -> None:
    """They could be cut in billions of ways."""
    assert PathPattern("/{a}-{b}-{c}").match("/" + "-" * 2000 + "/x") is None
