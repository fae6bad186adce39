"""What an exception says to the person who wrote the code."""

from __future__ import annotations

import functools
import json
import pickle
from pathlib import Path

import pytest

from quick_htag.tracebacks import (
    Failure,
    failure_of,
    hidden,
    holds,
    library_of,
    note_function,
    summary,
    text_of,
)


def raised(function) -> BaseException:
    """What a function raises."""
    with pytest.raises(BaseException) as info:
        function()
    return info.value


def decode() -> None:
    """Fails in a library."""
    json.loads("{")


def test_where_it_happened() -> None:
    """The last line of the user's own, whatever library it went into."""
    where = failure_of(raised(decode)).where
    assert where is not None
    assert Path(where.file).name == "test_tracebacks.py"
    assert (where.function, where.code) == ("decode", 'json.loads("{")')


def test_libraries_are_folded() -> None:
    """Where it was raised is shown all the same."""
    failure = failure_of(raised(decode))
    folded = [summary(frames) for hides, frames in failure.groups() if hides]
    assert folded[-1].endswith("of Python")
    assert failure.groups()[-1][1][-1].function == "raw_decode"
    assert "JSONDecodeError" in failure.lines()[-1]


def test_without_own_code_everything_is_shown() -> None:
    """There is nothing better."""
    failure = failure_of(raised(decode))
    library = [frame for frame in failure.frames if frame.library]
    assert [folded for folded, _ in Failure("E", "E", library).groups()] == [False]


def given(value: object) -> BaseException:
    """What a library raises about a value, without a line of this file on the way."""
    error = raised(lambda: json.dumps(value))
    trace = error.__traceback__
    while trace is not None and not library_of(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return error.with_traceback(trace)


class Callable:
    """Called like a function."""

    def __call__(self) -> None:
        """Gives something."""


@functools.wraps(decode)
def wrapped() -> None:
    """In front of it."""


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (decode, "decode"),
        (wrapped, "decode"),
        (functools.partial(decode), "decode"),
        (Callable(), "__call__"),
        (Callable().__call__, "__call__"),
    ],
)
def test_a_function_may_be_named(function, name: str) -> None:
    """What it gave fails where none of its lines is on the way; then libraries are folded."""
    error = given(object())
    note_function(error, function)
    failure = failure_of(pickle.loads(pickle.dumps(error)).with_traceback(error.__traceback__))
    assert failure.where is not None
    assert (Path(failure.where.file).name, failure.where.function) == (Path(__file__).name, name)
    assert [folded for folded, _ in failure.groups()] == [True, False]


def test_a_line_that_was_run_is_better_than_a_function() -> None:
    """It is where to look."""
    error = raised(decode)
    note_function(error, wrapped)
    where = failure_of(error).where
    assert where is not None
    assert where.code == 'json.loads("{")'


@pytest.mark.parametrize("function", [print, json.loads])
def test_functions_of_libraries_are_not_named(function) -> None:
    """Nobody would look there."""
    error = given(object())
    note_function(error, function)
    assert [folded for folded, _ in failure_of(error).groups()] == [False]


def test_what_led_to_it_comes_first() -> None:
    """As Python shows it; a chain that bites its own tail ends."""

    def fail() -> None:
        try:
            decode()
        except ValueError as error:
            raise KeyError("name") from error

    error = raised(fail)
    lines = failure_of(error).lines()
    kinds = [line.partition(":")[0] for line in lines if "Error: " in line]
    assert [kind.rpartition(".")[2] for kind in kinds] == ["JSONDecodeError", "KeyError"]
    assert error.__cause__ is not None
    error.__cause__.__context__ = error
    assert len(failure_of(error).earlier) == 1


def test_a_recursion_is_cut() -> None:
    """It has a thousand frames, all alike."""

    def fall() -> None:
        fall()

    failure = failure_of(raised(fall))
    assert len(failure.frames) <= 60
    assert "calls itself" in failure.advice


def test_a_syntax_error_is_where_python_cannot_read_on() -> None:
    """And not where it was imported."""
    failure = failure_of(raised(lambda: compile("a = (", "shop.py", "exec")))
    assert failure.where is not None
    assert (failure.where.file, failure.where.line) == ("shop.py", 1)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("import nowhere_at_all", "pip install nowhere_at_all"),
        ("(lambda a: a)()", "parameters"),
        ("1 / 0", "divisor"),
        ("None.name", "None there"),
        ("raise ValueError('it says so itself')", ""),
    ],
)
def test_advice(code: str, advice: str) -> None:
    """What to do, when the exception does not say it itself."""
    found = failure_of(raised(lambda: exec(code))).advice
    assert advice in found
    assert bool(found) is bool(advice)


@pytest.mark.parametrize("values", [["secret word"], ["secret word", "sec"], ["'", "secret word"]])
def test_what_was_sent_is_taken_out(values: list[str]) -> None:
    """Of the text; also as Python quotes it."""
    failure = failure_of(raised(lambda: int("secret word")), values)
    assert failure.text == "ValueError: invalid literal for int() with base 10: '[hidden]'"
    assert failure.hides


def test_short_values_are_taken_out_of_quotes_only() -> None:
    """Else nothing could be read any more."""
    assert hidden("a bad value: 'a'", ["a"]) == "a bad value: '[hidden]'"
    assert not holds("a bad value", ["a"])


def test_an_exception_without_a_text() -> None:
    """Its own code may fail."""

    class Broken(Exception):
        def __str__(self) -> str:
            raise ValueError("no")

    assert "Broken" in failure_of(Broken()).text


def test_libraries() -> None:
    """By the folder a file is in."""
    assert library_of(json.__file__) == "Python"
    assert library_of(pytest.__file__) == "pytest"
    assert library_of(__file__) == ""
    import quick_htag

    assert library_of(str(Path(quick_htag.__file__))) == "quick_htag"


def test_further_lines_of_a_text_are_indented() -> None:
    """In a log, where each line has a head, they would pass as lines of the server."""
    assert text_of(ValueError("a\n[01] GET\nb")) == "ValueError: a\n    [01] GET\n    b"
    with pytest.raises(SyntaxError) as info:
        compile("a b", "file", "exec")
    assert text_of(info.value).splitlines()[-1].startswith("SyntaxError")
