"""The session cookie."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, HTTPError, NotStorable, StoreUnavailable
from quick_htag.messages.forwarded import Forwarded
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import ForeignResponse, HTTPResponse
from quick_htag.middleware.sessions import (
    SessionAccess,
    SessionLayer,
    current_session,
    open_session,
)
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions


@pytest.fixture
def sessions() -> Sessions:
    """An empty store."""
    return Sessions(Settings())


def _handle(
    sessions: Sessions,
    use: Callable[[Request], Any],
    cookie: str = "",
    scheme: str = "http",
    forwarded: Forwarded | None = None,
) -> HTTPResponse:
    def handler(request: Request) -> HTTPResponse:
        use(request)
        return HTTPResponse.text("ok")

    headers = Headers([("Cookie", cookie)] if cookie else [])
    request = Request("GET", "/", headers, scheme=scheme, client_address=("192.0.2.1", 1))
    request.forwarded = forwarded
    return SessionLayer(lambda: sessions, lambda: "session_8080")(handler)(request)


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
    response = _handle(sessions, open_session, scheme="https")
    assert str(response.header("Set-Cookie")).endswith("; Secure")


def test_the_cookie_is_for_the_prefix_of_a_proxy(sessions: Sessions) -> None:
    """Below a path of a site, the cookie is not sent to the rest of that site."""
    forwarded = Forwarded(None, None, None, "/app")
    response = _handle(sessions, open_session, forwarded=forwarded)
    assert "; Path=/app; HttpOnly" in str(response.header("Set-Cookie"))


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
    request.open_session = SessionAccess(lambda: sessions, lambda: "s", request)
    gone = weakref.ref(request)
    gc.disable()
    try:
        del request
        assert gone() is None
    finally:
        gc.enable()


def test_reading_issues_nothing(sessions: Sessions) -> None:
    """A visitor gets a session when there is something to keep."""
    response = _handle(sessions, lambda request: request.session.get("user"))
    assert (response.header("Set-Cookie"), len(sessions)) == (None, 0)


def test_what_was_written_first_is_in_the_session(sessions: Sessions) -> None:
    """Also when the session is issued, by a GUI say, after the mapping was looked at."""

    def use(request: Request) -> None:
        data = request.session
        data["a"] = 1
        assert open_session(request).data is data is request.session

    _handle(sessions, use)
    (session,) = sessions.snapshot()
    assert session.texts == {"a": "1"}


def test_changes_are_stored_after_the_request(sessions: Sessions) -> None:
    """Those inside of a value, too."""
    session = sessions.issue("")
    session.data["list"] = []
    cookie = f"session_8080={session.id}"
    _handle(sessions, lambda request: request.session["list"].append(1), cookie)
    assert session.texts == {"list": "[1]"}


def test_what_is_no_json_fails_the_request(sessions: Sessions) -> None:
    """The developer is told the place."""
    with pytest.raises(NotStorable, match=r"session\['a'\]"):
        _handle(sessions, lambda request: request.session.update(a=object()))


def test_a_login_changes_the_cookie(sessions: Sessions) -> None:
    """The data stays, the id from before is refused."""
    session = sessions.issue("")
    session.data["a"] = 1
    old = session.id
    response = _handle(sessions, lambda request: request.login("ann"), f"session_8080={old}")
    assert str(response.header("Set-Cookie")).startswith(f"session_8080={session.id};")
    assert (session.user, session.data, session.id == old) == ("ann", {"a": 1}, False)
    seen: list[Any] = []
    _handle(sessions, lambda request: seen.append(request.user), f"session_8080={old}")
    _handle(sessions, lambda request: seen.append(request.user), f"session_8080={session.id}")
    assert seen == [None, "ann"]


def test_a_logout_takes_the_cookie_back(sessions: Sessions) -> None:
    """The session has ended; of a visitor without one there is nothing to end."""
    session = sessions.issue("")
    response = _handle(sessions, Request.logout, f"session_8080={session.id}")
    assert "Max-Age=0" in str(response.header("Set-Cookie"))
    assert len(sessions) == 0
    assert _handle(sessions, Request.logout).header("Set-Cookie") is None


def test_a_new_session_after_a_logout(sessions: Sessions) -> None:
    """What is written then is in a session of its own."""
    session = sessions.issue("")

    def use(request: Request) -> None:
        request.logout()
        request.session["note"] = "bye"

    response = _handle(sessions, use, f"session_8080={session.id}")
    (new,) = sessions.snapshot()
    assert new is not session
    assert str(response.header("Set-Cookie")).startswith(f"session_8080={new.id};")


def test_an_id_can_be_changed(sessions: Sessions) -> None:
    """Without a login, too; a session that has just ended is a 403."""
    session = sessions.issue("")
    cookie = f"session_8080={session.id}"
    response = _handle(sessions, Request.rotate_session, cookie)
    assert str(response.header("Set-Cookie")).startswith(f"session_8080={session.id};")

    def late(request: Request) -> None:
        sessions.remove(open_session(request))
        request.rotate_session()

    with pytest.raises(HTTPError, match="403"):
        _handle(sessions, late, f"session_8080={session.id}")


def test_a_user_is_text(sessions: Sessions) -> None:
    """The number of a user is easily taken for one; nothing has happened then."""
    session = sessions.issue("")
    old = session.id

    def use(request: Request) -> None:
        with pytest.raises(ConfigurationError, match=r"str\("):
            request.login(5)  # type: ignore[arg-type]

    _handle(sessions, use, f"session_8080={old}")
    assert (session.id, session.user) == (old, None)


def test_a_logout_that_fails_is_none(sessions: Sessions) -> None:
    """The visitor keeps the cookie, and can try again."""
    session = sessions.issue("")

    def fail(any_session: Any) -> None:
        raise StoreUnavailable("it is away")

    sessions.records.end = fail  # type: ignore[method-assign]

    def use(request: Request) -> None:
        with pytest.raises(StoreUnavailable):
            request.logout()

    response = _handle(sessions, use, f"session_8080={session.id}")
    assert response.header("Set-Cookie") is None
    assert sessions.get(session.id) is session


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("max-age=60", "private, max-age=60"),
        ("no-cache", "private, no-cache"),
        ("public, max-age=60", "public, max-age=60"),
        ("no-store", "no-store"),
        ("max-age=60, S-MaxAge=5", "max-age=60, S-MaxAge=5"),
    ],
)
def test_caches_of_many_keep_nothing_of_a_session(sessions: Sessions, said: str, kept: str) -> None:
    """Unless the answer says itself who may keep it."""

    def ask(use: Callable[[Request], Any]) -> str | None:
        def handler(request: Request) -> HTTPResponse:
            use(request)
            return HTTPResponse.text("ok", headers=[("cache-control", said)])

        layer = SessionLayer(lambda: sessions, lambda: "session_8080")
        return layer(handler)(Request("GET", "/")).header("Cache-Control")

    assert ask(lambda request: None) == said
    assert ask(lambda request: request.session.get("a")) == kept


def test_what_another_server_says_of_caches_is_passed_on(sessions: Sessions) -> None:
    """It knows what it has answered."""
    answer = ForeignResponse(200, [("Cache-Control", "max-age=60")])

    def handler(request: Request) -> HTTPResponse:
        request.session["a"] = 1
        return answer

    SessionLayer(lambda: sessions, lambda: "session_8080")(handler)(Request("GET", "/"))
    assert answer.header("Cache-Control") == "max-age=60"
