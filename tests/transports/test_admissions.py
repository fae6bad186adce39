"""Whether the body of a request is wanted: asked, and obeyed. test_exchange sends such bodies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import ProtocolError
from quick_htag.messages.request import Request
from quick_htag.transports.admissions import Admissions
from quick_htag.transports.sending import GONE, NEXT

REQUEST = Request("POST", "/")


class _Reader:
    """Notes what it was told."""

    told: Any = None

    def expect_body(self, connection: Any, head: Any, request: Any, *, wanted: bool) -> None:
        self.told = wanted


def _admissions(admission: Any, reader: Any = None, refused: list[Any] | None = None) -> Admissions:
    application: Any = SimpleNamespace(admission=admission)
    heard = [] if refused is None else refused
    return Admissions(
        application,
        reader,
        lambda *refusal: heard.append(refusal),
        lambda connection, term, step: step(),
    )


@pytest.mark.parametrize(("says", "wanted"), [(True, True), (False, False), (1, True)])
def test_the_application_decides(says: object, wanted: bool) -> None:
    """By what its ``admission`` gives."""
    assert _admissions(lambda request: says).ask(REQUEST) is wanted


def test_without_an_admission_everything_is_wanted() -> None:
    """It may have been taken away since the head was read."""
    assert _admissions(None).ask(REQUEST) is True


@pytest.mark.parametrize("error", [ValueError("odd"), SystemExit(3)])
def test_an_application_that_fails_cannot_say(error: BaseException) -> None:
    """The client gets 500, the log the reason."""

    def fail(request: Request) -> bool:
        raise error

    failed = _admissions(fail).ask(REQUEST)
    assert isinstance(failed, ProtocolError)
    assert (failed.status, failed.__cause__) == (500, error)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_reader_is_told(wanted: bool) -> None:
    """It then reads the body, or reads it away."""
    reader = _Reader()
    connection: Any = SimpleNamespace(head=object())
    admissions = _admissions(None, reader)
    assert admissions.follow(connection, REQUEST, wanted, 1) is NEXT
    assert reader.told is wanted


def test_who_cannot_be_asked_about_is_refused() -> None:
    """Nothing of the body is read."""
    refused: list[Any] = []
    error = ProtocolError(500, "failed")
    connection: Any = SimpleNamespace(head=object())
    admissions = _admissions(None, _Reader(), refused)
    assert admissions.follow(connection, REQUEST, error, 1) is GONE
    assert refused == [(connection, error)]
