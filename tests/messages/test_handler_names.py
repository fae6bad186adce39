"""What handlers written for quick_server ask a request for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request


@pytest.mark.parametrize("known", ["tag", '"tag"', 'W/"tag"', '"other", "tag"', "*"])
def test_a_known_version_is_304(known: str) -> None:
    """However the client quotes it; the tag is sent along."""
    req = Request("GET", "/", server=SimpleNamespace(max_age=5))
    assert req.check_cache("tag", known)
    assert req.direct is not None
    assert req.direct.response().status == 304
    assert req.response_headers == [("ETag", '"tag"'), ("Cache-Control", "max-age=5")]


@pytest.mark.parametrize(("method", "known"), [("GET", None), ("GET", "x"), ("POST", "tag")])
def test_another_version_is_not_answered(method: str, known: str | None) -> None:
    """Nothing is written; and only reading can be unchanged."""
    req = Request(method, "/")
    assert not req.check_cache("tag", known)
    assert req.direct is None


def test_a_tag_that_cannot_be_sent() -> None:
    """It is refused where it is given."""
    with pytest.raises(ConfigurationError):
        Request("GET", "/").check_cache('a"\r\nb', "*")


def test_outside_of_a_server() -> None:
    """What a server would tell has its default."""
    req = Request("GET", "/")
    assert (req.server_version, req.protocol_version) == ("quick_htag", "HTTP/1.1")
    assert (req.common_invalid_paths, req.debug_proxy) == (frozenset(), False)


@pytest.mark.parametrize(
    ("origin", "crossed"), [(None, False), ("http://a", False), ("http://b", True)]
)
def test_another_origin(origin: str | None, crossed: bool) -> None:
    """Browsers tell which page has sent it."""
    fields = [("Host", "a"), *([("Origin", origin)] if origin else [])]
    assert Request("GET", "/", Headers(fields)).is_cross_origin() is crossed
