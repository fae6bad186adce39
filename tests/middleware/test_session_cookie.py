"""The cookie: its name, its flags, its signature."""

from __future__ import annotations

import pytest

from quick_htag.errors import StoreUnavailable
from quick_htag.messages.headers import Headers
from quick_htag.middleware.session_cookie import SessionCookie, Signature
from quick_htag.stores.memory import MemoryStore

ID = "A" * 32


def _name() -> str:
    return "s"


def _read(cookie: SessionCookie, line: str, secure: bool = False, prefix: str = "") -> str | None:
    return cookie.read(Headers([("Cookie", line.partition(";")[0])]), secure, prefix)


@pytest.mark.parametrize(
    ("secure", "prefix", "line"),
    [
        (False, "", f"s={ID}; Path=/; HttpOnly; SameSite=Lax"),
        (True, "", f"__Host-s={ID}; Path=/; HttpOnly; SameSite=Lax; Secure"),
        (True, "/app", f"__Secure-s={ID}; Path=/app; HttpOnly; SameSite=Lax; Secure"),
        (False, "/app", f"s={ID}; Path=/app; HttpOnly; SameSite=Lax"),
    ],
)
def test_name_and_flags(secure: bool, prefix: str, line: str) -> None:
    """Through TLS browsers make sure that nobody else has set it; what is set is read again."""
    cookie = SessionCookie(_name)
    assert cookie.write(ID, secure, prefix) == line
    assert _read(cookie, line, secure, prefix) == ID


def test_a_cookie_from_plain_http_is_not_for_tls() -> None:
    """Whoever could write into the plain connection has nothing from it."""
    assert _read(SessionCookie(_name), f"s={ID}", secure=True) is None


def test_taking_it_back() -> None:
    """Browsers forget it at once."""
    assert SessionCookie(_name).remove(False).endswith("; Max-Age=0")


def test_a_signed_cookie() -> None:
    """Every server of the store knows its own, and no other."""
    store = MemoryStore()
    one, two = (SessionCookie(_name, Signature(store)) for _ in range(2))
    line = one.write(ID, False)
    assert line.partition(";")[0] != f"s={ID}"
    assert _read(two, line) == ID
    assert _read(SessionCookie(_name, Signature(MemoryStore())), line) is None


@pytest.mark.parametrize("value", ["", ID, f"{ID}.", f"{ID}.{'0' * 64}", ".", "\u00fc.\u00fc"])
def test_what_was_not_signed_is_refused(value: str) -> None:
    """Whatever it is."""
    assert _read(SessionCookie(_name, Signature(MemoryStore())), f"s={value}") is None


def test_a_secret_that_was_lost() -> None:
    """A store that forgets at once signs nothing, least of all with a secret anybody knows."""
    store = MemoryStore()
    store.get = lambda key: None  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        Signature(store).sign(ID)
