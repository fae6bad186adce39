"""The value of an endpoint with status and type."""

from __future__ import annotations

from quick_htag.handlers.results import Response


def test_defaults() -> None:
    """A plain response is a 200 with the type of its endpoint."""
    response = Response("value")
    assert (response.response, response.code) == ("value", 200)
    assert response.get_ctype("text/plain") == "text/plain"


def test_own_code_and_type() -> None:
    """Both can be given by position, as in quick_server."""
    response = Response("value", 201, "text/csv")
    assert (response.code, response.get_ctype("text/plain")) == (201, "text/csv")
