"""The example of a login lets in who knows the password, and puts out everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests


@pytest.fixture
def server(load_example: Callable[[str], Any], start_server: Callable[..., Any]) -> Any:
    """The example, running."""
    return start_server(load_example("login").add_routes)


def _enter(
    server: Any, visitor: requests.Session, password: str = "butterfly"
) -> requests.Response:
    form = {"name": "ann", "password": password}
    return visitor.post(f"{server.url}login", form, timeout=30)


def test_only_with_the_password(server: Any) -> None:
    """Others see the form; an id from before the login is worth nothing after it."""
    with requests.Session() as visitor:
        assert _enter(server, visitor, "moth").status_code == 403
        assert 'action="/login"' in visitor.get(server.url, timeout=30).text
        assert visitor.post(f"{server.url}do", {"note": "x"}, timeout=30).status_code == 403
        assert "Hello ann" in _enter(server, visitor).text


def test_a_note_stays(server: Any) -> None:
    """Until the logout, which ends the session."""
    with requests.Session() as visitor:
        _enter(server, visitor)
        page = visitor.post(f"{server.url}do", {"note": "<milk>"}, timeout=30).text
        assert "Your note: &lt;milk&gt;" in page
        assert (
            'action="/login"' in visitor.post(f"{server.url}do", {"out": "here"}, timeout=30).text
        )
        assert "milk" not in _enter(server, visitor).text


def test_out_on_all_devices(server: Any) -> None:
    """One request ends what is open elsewhere."""
    with requests.Session() as here, requests.Session() as there:
        for visitor in (here, there):
            _enter(server, visitor)
        here.post(f"{server.url}do", {"out": "everywhere"}, timeout=30)
        assert 'action="/login"' in there.get(server.url, timeout=30).text
