"""Paths on their way to another server, and locations on their way back."""

from __future__ import annotations

import pytest

from quick_htag.errors import ConfigurationError, HTTPError
from quick_htag.proxy.target import ProxyTarget

TARGET = ProxyTarget("/px/", "http://h:81/base/")


@pytest.mark.parametrize("name", ["px/", "/px", "", "px"])
def test_a_name_needs_its_slashes(name: str) -> None:
    """A name without "/" at both ends is refused when it is bound."""
    with pytest.raises(ConfigurationError, match="start and end"):
        ProxyTarget(name, "http://h")


@pytest.mark.parametrize(
    "url",
    ["h:80", "ftp://h", "http://", "http://h:x", "http://h/?q", "http://u@h", "http://h/a/../b",
     "http://h#f", "http://h b/"],
)  # fmt: skip
def test_an_odd_target_is_refused(url: str) -> None:
    """A target that is no plain http URL is refused when it is bound."""
    with pytest.raises(ConfigurationError):
        ProxyTarget("/px/", url)


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("/px/foo", "/base/foo"),
        ("/px", "/base"),
        ("/px/", "/base/"),
        ("/px/a/b/?x=1&y=%20", "/base/a/b/?x=1&y=%20"),
        ("/px/foo?", "/base/foo?"),
        ("/px/foo?a?b", "/base/foo?a?b"),
        ("/p%78/foo", "/base/foo"),
        ("/px/a%2Fb", "/base/a%2Fb"),
        ("/px/...", "/base/..."),
    ],
)
def test_the_prefix_is_replaced_and_the_query_stays(target: str, there: str) -> None:
    """What follows the name hangs from the base; the query is there once, unchanged."""
    assert TARGET.matches(target.partition("?")[0])
    assert TARGET.translate(target) == there


def test_without_a_base_there_is_still_a_path() -> None:
    """A bare host gets "/"."""
    assert ProxyTarget("/px/", "http://h").translate("/px?x=1") == "/?x=1"
    assert ProxyTarget("/", "http://h").translate("/a") == "/a"


@pytest.mark.parametrize("path", ["/", "/pxx", "/p", "/other/px/", "*"])
def test_other_paths_do_not_match(path: str) -> None:
    """A name is compared by whole segments."""
    assert not TARGET.matches(path)


@pytest.mark.parametrize(
    "path",
    ["/px/../x", "/px/..", "/px/./x", "/px/%2e%2e/x", "/px/.%2E/x", "/px/a%2f..%2fx", "/px//x",
     "/px/a\\..\\x", "/px/a%5c..%5cx", "/px/%252e%252e/x", "/px/..;/x", "/px/a%00", "/px/a//",
     "/px/%2525252e"],
)  # fmt: skip
def test_no_path_leaves_the_base(path: str) -> None:
    """Whatever could be read as a step up, and empty steps, are answered 400."""
    with pytest.raises(HTTPError, match="400"):
        TARGET.translate(path)


@pytest.mark.parametrize(
    ("location", "seen"),
    [
        ("http://h:81/base/a?b#c", "/px/a?b#c"),
        ("//h:81/base/a", "/px/a"),
        ("/base/", "/px/"),
        ("/base", "/px"),
        ("a/b", "a/b"),
        ("?x=1", "?x=1"),
        ("/elsewhere", "/elsewhere"),
        ("/based", "/based"),
        ("http://h:82/base/a", "http://h:82/base/a"),
        ("https://h:81/base/a", "https://h:81/base/a"),
        ("http://other/base/a", "http://other/base/a"),
        ("http://us/base/a", "/px/a"),
        ("http://h:x/base", "http://h:x/base"),
    ],
)
def test_a_location_inside_of_the_target_is_moved(location: str, seen: str) -> None:
    """A redirect into the target leads to our name for it, any other is left alone."""
    assert TARGET.relocate(location, "us") == seen


def test_a_location_is_never_turned_into_a_host() -> None:
    """Two slashes at the begin of a path would name another server."""
    root = ProxyTarget("/", "http://h")
    assert root.relocate("http://h//evil/x", "us") == "http://h//evil/x"


def test_a_prefix_in_front_of_us_is_kept() -> None:
    """A proxy that takes a prefix from us sees it in the location again."""
    assert TARGET.relocate("/base/a", "us", "/app") == "/app/px/a"
