"""Running the function of a job."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from quick_htag.errors import PreventDefaultResponse
from quick_htag.jobs.call import JobCall, RemoteCall, run
from quick_htag.jobs.remote_link import Address
from quick_htag.tracebacks import failure_of


def test_a_value_becomes_json(link: Any) -> None:
    """The result is text already, made where the job runs."""
    assert run(lambda payload: {"got": payload}, 3, link, None).text == '{\n  "got": 3\n}'


def test_a_generator_hands_over_its_items(link: Any) -> None:
    """Each at once, and the list of them is the result."""
    outcome = run(lambda payload: (one * 2 for one in payload), [1, 2], link, None)
    assert (link.items, outcome.text) == (["2", "4"], "[2, 4]")


def test_a_stopped_generator_is_closed(link: Any) -> None:
    """It ends between two items, and its ``finally`` runs."""
    closed = []

    def numbers(payload: Any) -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    link.wanted = False
    assert run(numbers, {}, link, None).kind == "stopped"
    assert (link.items, closed) == (["1"], [True])


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_an_exception_is_an_outcome(link: Any, error: BaseException) -> None:
    """Nothing that a function raises gets out, ``sys.exit`` neither."""

    def fail(payload: Any) -> None:
        raise error

    outcome = run(fail, {}, link, None)
    assert (outcome.kind, outcome.error) == ("failed", error)


def _odd(payload: Any) -> object:
    """Gives what cannot be written as JSON."""
    return object()


def test_a_failure_names_the_function(link: Any) -> None:
    """Though none of its lines has failed."""
    error = run(_odd, {}, link, None).error
    assert error is not None
    where = failure_of(error).where
    assert where is not None
    assert where.function == "_odd"


def test_an_early_answer_is_an_outcome(link: Any) -> None:
    """``PreventDefaultResponse`` keeps its code and text."""

    def answer(payload: Any) -> None:
        raise PreventDefaultResponse(402, "pay")

    outcome = run(answer, {}, link, None)
    assert (outcome.kind, outcome.code, outcome.text) == ("prevented", 402, "pay")


class _Home:
    soft = False

    def begin(self) -> bool:
        return False

    def left(self) -> None:
        pass

    def address(self) -> Address:
        return Address("127.0.0.1", 1, "key", False)


def test_a_job_that_was_stopped_before_does_not_begin() -> None:
    """The function is not called."""
    assert JobCall(pytest.fail, {}, _Home()).__call__().kind == "stopped"  # type: ignore[arg-type]


def test_pickling_takes_it_elsewhere() -> None:
    """What comes out of the pickle has a link over a socket; if that fails, the result counts."""
    call = pickle.loads(pickle.dumps(JobCall(len, [1, 2], _Home())))  # type: ignore[arg-type]
    assert isinstance(call, RemoteCall)
    outcome = call()
    assert (outcome.kind, outcome.text, outcome.linked) == ("done", "2", False)


def test_an_exception_elsewhere_is_its_traceback() -> None:
    """Exceptions that cannot be pickled are told all the same."""
    call = pickle.loads(pickle.dumps(JobCall(len, 3, _Home())))  # type: ignore[arg-type]
    error = pickle.loads(pickle.dumps(call())).error
    assert "TypeError: object of type 'int' has no len()" in str(error)
