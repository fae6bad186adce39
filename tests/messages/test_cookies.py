"""Cookies as a SimpleCookie."""

from __future__ import annotations

import pytest

from quick_htag.messages.cookies import simple_cookie
from quick_htag.messages.headers import Headers


@pytest.mark.parametrize("odd", ["bad{=2", "path=/x", "=", "no value", "é=1", '"=1', "a b=c"])
def test_odd_cookies_do_not_cost_the_others(odd: str) -> None:
    """What another application on this host set does not break ours."""
    cookie = simple_cookie(Headers([("Cookie", f"{odd}; good=1")]))
    assert cookie["good"].value == "1"


def test_first_of_two_cookies() -> None:
    """The more specific one is sent first."""
    assert simple_cookie(Headers([("Cookie", "a=1; a=2")]))["a"].value == "1"


def test_several_fields() -> None:
    """HTTP/2 gateways send a field for each cookie."""
    cookie = simple_cookie(Headers([("Cookie", "a=1"), ("Cookie", "b=2")]))
    assert (cookie["a"].value, cookie["b"].value) == ("1", "2")


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ('"a b"', "a b"),
        (r'"a\"b"', 'a"b'),
        (r'"a\\b"', r"a\b"),
        (r'"\303\244"', "\xc3\xa4"),
        (r'"\054\07"', ",07"),
        ('"', '"'),
        ('"a', '"a'),
    ],
)
def test_quotes_are_taken_away(sent: str, value: str) -> None:
    """As ``SimpleCookie`` puts them there; where there are two."""
    assert simple_cookie(Headers([("Cookie", f"a={sent}")]))["a"].value == value
