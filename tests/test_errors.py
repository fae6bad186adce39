"""The exceptions and what they carry."""

from __future__ import annotations

import pytest

from quick_htag import errors
from quick_htag.errors import (
    AppFailed,
    ConfigurationError,
    HTTPError,
    MethodNotAllowed,
    NoCapacity,
    PreventDefaultResponse,
    ProtocolError,
    QuickHtagError,
    reason_phrase,
)


def test_one_base():
    """Every exception of the package can be caught as one."""
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    own = [one for one in found if issubclass(one, Exception)]
    assert len(own) > 10
    assert all(issubclass(one, QuickHtagError) for one in own)


def test_drawing_is_complete():
    """The tree on top of the file names every exception."""
    names = [name for name, one in vars(errors).items() if _is_error(one)]
    assert all(name in (errors.__doc__ or "") for name in names)


def _is_error(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, Exception)


@pytest.mark.parametrize(("status", "phrase"), [(404, "Not Found"), (299, "Unknown")])
def test_reason_phrase(status, phrase):
    """Every status has a phrase."""
    assert reason_phrase(status) == phrase


def test_http_error():
    """The detail is the standard phrase unless there is more to say."""
    assert HTTPError(404).detail == "Not Found"
    error = HTTPError(404, "no x", [("A", "b")])
    assert (str(error), error.headers) == ("404 no x", (("A", "b"),))


def test_method_not_allowed():
    """The methods that would do are told to the client, too."""
    error = MethodNotAllowed(["GET", "HEAD"])
    assert (error.status, error.allowed) == (405, ("GET", "HEAD"))
    assert error.headers == (("Allow", "GET, HEAD"),)


def test_prevent_default_response():
    """Both names of the message mean the same."""
    assert PreventDefaultResponse(404, "a").msg == PreventDefaultResponse(404, msg="a").msg == "a"
    assert (PreventDefaultResponse().code, PreventDefaultResponse().msg) == (None, None)


def test_data():
    """Errors carry what their handlers need."""
    assert (ProtocolError(400, "x").status, ProtocolError(400, "x").detail) == (400, "x")
    assert AppFailed("x", "trace").trace == "trace"
    assert NoCapacity("x").retry_after == 10
    assert issubclass(ConfigurationError, ValueError)
