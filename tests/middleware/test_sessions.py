"""The session cookie."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.messages.forwarded import Forwarded
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.middleware.sessions import (
    SessionAccess,
    current_session,
    open_session,
    session_layer,
)
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions


@pytest.fixture
def sessions() -> Sessions:
    """An empty store."""
    return Sessions(Settings())


def _handle(
    sessions: Sessions, use: Callable[[Request], Any], cookie: str = "", scheme: str = "http"
) -> HTTPResponse:
    def handler(request: Request) -> HTTPResponse:
        use(request)
        return HTTPResponse.text("ok")

    headers = Headers([("Cookie", cookie)] if cookie else [])
    request = Request("GET", "/", headers, scheme=scheme, client_address=("192.0.2.1", 1))
    return session_layer(sessions, lambda: "session_8080")(handler)(request)


def test_nobody_asks_nothing_happens(sessions: Sessions) -> None:
    """A request that does not use its session gets none, and no cookie."""
    response = _handle(sessions, lambda request: None)
    assert response.header("Set-Cookie") is None
    assert len(sessions) == 0


def test_the_first_use_issues_a_session(sessions: Sessions) -> None:
    """The cookie has the flags that keep scripts and other sites away from it."""
    response = _handle(sessions, lambda request: request.session.update(a=1))
    (session,) = sessions.snapshot()
    assert response.header("Set-Cookie") == (
        f"session_8080={session.id}; Path=/; HttpOnly; SameSite=Lax"
    )
    assert (session.data, session.address) == ({"a": 1}, "192.0.2.1")


def test_the_cookie_is_secure_behind_tls(sessions: Sessions) -> None:
    """Over https the cookie never travels in the clear."""
    response = _handle(sessions, lambda request: request.session, scheme="https")
    assert str(response.header("Set-Cookie")).endswith("; Secure")


def test_the_cookie_is_for_the_prefix_of_a_proxy(sessions: Sessions) -> None:
    """Below a path of a site, the cookie is not sent to the rest of that site."""

    def use(request: Request) -> None:
        request.forwarded = Forwarded(None, None, None, "/app")
        open_session(request)

    assert "; Path=/app; HttpOnly" in str(_handle(sessions, use).header("Set-Cookie"))


def test_the_cookie_finds_the_session(sessions: Sessions) -> None:
    """A second request sees what the first left, and gets no new cookie."""
    session = sessions.issue("")
    session.data["a"] = 1
    seen: list[Any] = []
    response = _handle(
        sessions, lambda request: seen.append(request.session), f"session_8080={session.id}"
    )
    assert seen[0] is session.data
    assert response.header("Set-Cookie") is None


@pytest.mark.parametrize("cookie", ["session_8080=" + "A" * 32, "session_1={id}", "session_8080="])
def test_other_cookies_are_not_ours(sessions: Sessions, cookie: str) -> None:
    """An unknown id, or the cookie of another server, gives a new session."""
    session = sessions.issue("")
    seen: list[Any] = []
    _handle(
        sessions, lambda request: seen.append(open_session(request)), cookie.format(id=session.id)
    )
    assert seen[0] is not session


def test_looking_does_not_issue(sessions: Sessions) -> None:
    """current_session() gives None when there is no session."""
    seen: list[Any] = []
    response = _handle(sessions, lambda request: seen.append(current_session(request)))
    assert seen == [None]
    assert response.header("Set-Cookie") is None


def test_one_request_has_one_session(sessions: Sessions) -> None:
    """Asking twice issues once."""
    _handle(sessions, lambda request: (request.session, open_session(request), request.session))
    assert len(sessions) == 1


def test_without_the_layer_there_is_a_clear_error() -> None:
    """Whoever forgot the layer is told so."""
    with pytest.raises(ConfigurationError, match="sessions"):
        current_session(Request("GET", "/"))


def test_request_and_session_access_do_not_hold_each_other(sessions: Sessions) -> None:
    """A request is freed without waiting for the garbage collector."""

    class Held(Request):
        __slots__ = ("__weakref__",)

    request = Held("GET", "/")
    request.open_session = SessionAccess(sessions, lambda: "s", request)
    gone = weakref.ref(request)
    gc.disable()
    try:
        del request
        assert gone() is None
    finally:
        gc.enable()
