"""Options with several names."""

from __future__ import annotations

import ssl

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.runners.spellings import UNSET, by_name, one_of, refuse, tls_of


def test_any_name_will_do() -> None:
    """None given: the default."""
    assert one_of(False, a=UNSET, b=True) is True
    assert one_of(5, a=UNSET, b=UNSET) == 5
    assert one_of(5, a=None, b=UNSET) is None
    assert one_of(5, a=1, b=1) == 1


def test_two_names_must_agree() -> None:
    """Nobody can know which one was meant."""
    with pytest.raises(ConfigurationError, match="a and b"):
        one_of(None, a=1, b=2)


def test_positions_have_names() -> None:
    """One value too many, or given twice, is a TypeError as for any function."""
    assert by_name([1, 2], ("a", "b", "c"), {"c": 3}) == {"a": 1, "b": 2, "c": 3}
    with pytest.raises(TypeError, match="2 arguments"):
        by_name([1, 2], ("a",), {})
    with pytest.raises(TypeError, match="a was given twice"):
        by_name([1], ("a",), {"a": 2})


def test_ssl_is_a_context_or_a_hint() -> None:
    """Anything else is refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert tls_of(context) is context
    assert tls_of(True) is tls_of(None) is None
    with pytest.raises(ConfigurationError, match="SSLContext"):
        tls_of("cert.pem")


def test_unknown_options_are_told() -> None:
    """Never ignored."""
    refuse("X", {})
    with pytest.raises(ConfigurationError, match="X has no option workers="):
        refuse("X", {"workers": 4})


def test_unset_can_be_read() -> None:
    """It stands in signatures."""
    assert repr(UNSET) == "<not given>"
