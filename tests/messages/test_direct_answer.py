"""An answer written by hand."""

from __future__ import annotations

import io

import pytest

from quick_htag.errors import BodyRefused, ConfigurationError, HTTPError
from quick_htag.messages.body import Body, RefusedBody
from quick_htag.messages.direct_answer import DirectAnswer


def test_nothing_is_no_answer() -> None:
    """Looking at the request body answers nothing."""
    direct = DirectAnswer()
    direct.rfile(Body(b"in")).read()
    assert not direct.given


def test_status_and_body() -> None:
    """What was written is sent with the status that was set."""
    direct = DirectAnswer()
    direct.set_status(201)
    direct.wfile.write(b"one ")
    direct.wfile.write(b"two")
    response = direct.response()
    assert (direct.given, response.status, response.body) == (True, 201, b"one two")


def test_a_body_alone_is_200() -> None:
    """Writing is answering."""
    direct = DirectAnswer()
    direct.wfile.write(b"x")
    assert (direct.given, direct.response().status) == (True, 200)


@pytest.mark.parametrize("code", [204, 205, 304])
def test_some_codes_have_no_body(code: int) -> None:
    """What was written for them is not sent (RFC 9110 section 15)."""
    direct = DirectAnswer()
    direct.set_status(code)
    direct.wfile.write(b"x")
    assert direct.response().body == b""


def test_a_text_wrapper_may_close_it() -> None:
    """Writers of text close what is below them when they are gone."""
    direct = DirectAnswer()
    with io.TextIOWrapper(direct.wfile, "utf-8") as text:
        text.write("é")
    assert direct.response().body == "é".encode()


def test_the_body_is_read_on() -> None:
    """Two reads give two parts."""
    direct = DirectAnswer()
    body = Body(b"abcd")
    assert (direct.rfile(body).read(2), direct.rfile(body).read(2)) == (b"ab", b"cd")


def test_a_refused_body_says_so() -> None:
    """Nothing is read of a body that was not taken."""
    with pytest.raises(BodyRefused):
        DirectAnswer().rfile(RefusedBody(BodyRefused(413)))


def test_error_page() -> None:
    """An error takes the way of all errors."""
    direct = DirectAnswer()
    direct.set_error(403, "no", "ask somebody")
    with pytest.raises(HTTPError) as caught:
        direct.response()
    assert (caught.value.status, caught.value.detail) == (403, "no: ask somebody")


def test_codes_are_final_statuses() -> None:
    """What cannot be sent is refused where it is said."""
    direct = DirectAnswer()
    for code in (100, 99, 600, "200"):
        with pytest.raises(ConfigurationError):
            direct.set_status(code)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError):
        direct.set_error(200, None, None)
