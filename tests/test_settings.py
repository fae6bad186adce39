"""The settings: defaults, and what is refused."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields, replace
from functools import partial

import pytest

from quick_htag import create_server
from quick_htag.app import App
from quick_htag.errors import ConfigurationError
from quick_htag.settings import Settings


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_negative(name):
    """No setting may be negative, and the error names it."""
    with pytest.raises(ConfigurationError, match=name):
        Settings(**{name: -1})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_threads", "4"),
        ("max_body_size", "100 MiB"),
        ("max_body_size", None),
        ("header_timeout", [1]),
        ("hash_uploads", "yes"),
        ("keep_alive_timeout", "75"),
        ("session_cookie", 5),
        ("session_cookie", None),
    ],
)
def test_another_type(name, value):
    """A text in place of a number is refused at once, not when the first request meets it."""
    with pytest.raises(ConfigurationError, match=rf"{name} is a .* not {re.escape(repr(value))}"):
        Settings(**{name: value})


@pytest.mark.parametrize("make", [App, partial(create_server, ("127.0.0.1", 0))])
def test_something_else(make):
    """A dict is refused, and the error says what is taken."""
    with pytest.raises(ConfigurationError, match=r"takes a Settings object, not dict"):
        make(settings={"backlog": 1})


def test_none_where_it_means_never():
    """A duration may be None where that is its meaning."""
    assert Settings(keep_alive_timeout=None).keep_alive_timeout is None


def test_immutable():
    """Settings do not change under those who use them; a copy may differ."""
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.backlog = 1
    assert replace(settings, backlog=1).backlog == 1
    assert settings == Settings()


def test_defaults_fit_together():
    """The defaults do not contradict each other."""
    settings = Settings()
    assert settings.body_memory < settings.max_body_size
    assert settings.max_request_line < settings.max_header_bytes
    assert settings.websocket_ping_interval < 60.0
    assert settings.watchdog_interval >= settings.inline_limit
