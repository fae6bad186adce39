"""An application inside of another server."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest

from quick_htag.errors import BodyRefused, HTTPError, ProtocolError
from quick_htag.logs import MessageLog
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.settings import Settings
from quick_htag.transports.hosted import Hosted

LIMIT = 20.0


class Application:
    """Gives one answer; takes bodies of 10 bytes."""

    body_limit = 10
    cost = 0.0

    def __init__(self, answer: Any = None) -> None:
        self._answer = answer

    def target(self, request: Request) -> Any:
        return self

    def handle(self, request: Request) -> HTTPResponse:
        found = self._answer
        return found(request) if callable(found) else found or HTTPResponse.text("hello")


def _hosted(answer: Any = None, **options: Any) -> Hosted:
    log = MessageLog(io.StringIO())
    return Hosted(Application(answer), Settings(), log, **options)


def test_a_request_gets_its_answer():
    """And knows its server."""
    hosted, request = _hosted(server="the server"), Request("GET", "/")
    assert hosted.begin(request, 0) is None
    assert hosted.answer(request).body == b"hello"
    assert request.server == "the server"


def test_a_body_is_taken_up_to_the_limit():
    """One that is larger is not read; who asks for it is told."""
    hosted, request = _hosted(), Request("POST", "/")
    assert hosted.begin(request, 10) is not None
    assert hosted.begin(request, None) is not None
    assert hosted.begin(request, 11) is None
    with pytest.raises(BodyRefused):
        request.body.read()


def test_a_body_that_turns_out_too_large():
    """It is the same as one that was announced."""
    hosted, request = _hosted(), Request("POST", "/")
    store = hosted.begin(request, None)
    with pytest.raises(ProtocolError) as caught:
        store.add(b"x" * 11)
    assert hosted.refuse(request, caught.value) is None
    with pytest.raises(BodyRefused):
        request.body.read()


@pytest.mark.parametrize("wanted", [True, False])
def test_who_guards_the_application_is_asked_first(wanted):
    """A body that is not let in is not read."""
    hosted, request = _hosted(), Request("POST", "/")
    assert not hosted.asks
    hosted._application.admission = lambda request: wanted
    assert hosted.asks
    assert (hosted.begin(request, 5) is not None) is wanted


def test_a_guard_that_fails_lets_nothing_in():
    """The log has what it raised; ``handle`` asks again and answers."""
    hosted = _hosted()
    hosted._application.admission = lambda request: 1 / 0
    assert hosted.begin(Request("POST", "/"), 5) is None


def test_a_body_that_has_not_arrived():
    """Is answered at once."""
    hosted, request = _hosted(), Request("POST", "/")
    hosted.begin(request, 5)
    assert hosted.refuse(request, ProtocolError(400, "gone")).status == 400


def test_fields_between_host_and_client_are_left_out():
    """The host has its own; the length is told."""
    hosted = _hosted()
    response = HTTPResponse(200, [("Connection", "close"), ("X-Mine", "1")], b"abc")
    found = hosted.fields(Request("GET", "/"), response)
    assert found == [("X-Mine", "1"), ("Content-Length", "3")]


def test_an_answer_that_cannot_be_sent_is_an_error():
    """A line break in a field never reaches the host."""
    told = []
    hosted = _hosted(observer=lambda request, status, *more: told.append(status))
    response = HTTPResponse(200, [("X-Mine", "1\r\nSet-Cookie: a=1")], b"abc")
    assert hosted.fields(Request("GET", "/"), response) == [("Content-Length", "0")]
    assert (response.status, told) == (500, [500])


def test_a_failure_of_the_application_is_an_error():
    """Whatever it raises: the thread is the host's."""

    def fail(request: Request) -> HTTPResponse:
        raise SystemExit(3)

    assert _hosted(fail).answer(Request("GET", "/")).status == 500


def test_after_the_end_nothing_is_answered():
    """With 503, and no thread is started."""
    hosted = _hosted()
    assert hosted.stop(0.0)
    assert hosted.answer(Request("GET", "/")).status == 503
    with pytest.raises(RuntimeError):
        _ = hosted.pool


def test_the_end_waits_for_what_is_under_way():
    """As long as it is told to."""
    entered, leave = threading.Event(), threading.Event()

    def wait(request: Request) -> HTTPResponse:
        entered.set()
        leave.wait(LIMIT)
        raise HTTPError(500)

    hosted = _hosted(wait)
    done = hosted.pool.submit(hosted.answer, Request("GET", "/"))
    assert entered.wait(LIMIT)
    assert not hosted.stop(0.01)
    leave.set()
    assert hosted.stop(LIMIT)
    done.result(LIMIT)


def test_one_that_answers_may_end_it():
    """It does not wait for itself."""
    hosted = _hosted(lambda request: HTTPResponse.text(str((hosted.is_member(), hosted.stop(9.0)))))
    assert hosted.answer(Request("GET", "/")).body == b"(True, True)"
    assert not hosted.is_member()


def test_the_end_ends_what_is_open():
    """Also what comes afterwards; what has left is left alone."""
    hosted, ended = _hosted(), []
    hosted.welcome(lambda: ended.append("left"))()
    hosted.welcome(lambda: ended.append("open"))
    hosted.stop(0.0)
    hosted.welcome(lambda: ended.append("late"))
    assert ended == ["open", "late"]
