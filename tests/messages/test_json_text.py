"""JSON text."""

from __future__ import annotations

import enum
import json
import random
from collections import OrderedDict, namedtuple
from typing import Any

import pytest

from quick_htag.messages.json_text import json_dumps

_CHARACTERS = 'abc "\\/\b\n\t\x00\x1f\x7fé€\u2028😀'
_FLOATS = [0.0, -0.0, 1.5, 1e300, 5e-324, 1e16, 0.1, -1e-7]


def _text(source: random.Random) -> str:
    return "".join(source.choice(_CHARACTERS) for _ in range(source.randrange(6)))


def _value(source: random.Random, depth: int) -> Any:
    kind = source.randrange(9 if depth else 6)
    if kind == 6:
        return [_value(source, depth - 1) for _ in range(source.randrange(4))]
    if kind == 7:
        return tuple(_value(source, depth - 1) for _ in range(source.randrange(4)))
    if kind == 8:
        key = source.choice([_text, lambda r: r.randrange(-9, 99), lambda r: r.choice(_FLOATS)])
        return {key(source): _value(source, depth - 1) for _ in range(source.randrange(5))}
    return source.choice(
        [
            None,
            True,
            False,
            source.randrange(-(10**20), 10**20),
            source.choice(_FLOATS),
            _text(source),
        ]
    )


@pytest.mark.parametrize("seed", range(300))
def test_equals_the_standard_library(seed: int) -> None:
    """Byte for byte what ``json.dumps(indent=2, sort_keys=True)`` gives."""
    value = _value(random.Random(seed), 4)
    assert json_dumps(value) == json.dumps(value, indent=2, sort_keys=True)


class _Colour(enum.IntEnum):
    RED = 1


class _Word(str, enum.Enum):
    YES = "yes"


_Point = namedtuple("_Point", "x y")


@pytest.mark.parametrize(
    "value",
    [
        _Colour.RED,
        _Word.YES,
        [_Point(1, 2), OrderedDict(b=1, a=2), type("F", (float,), {})(1.5)],
        {_Colour.RED: _Word.YES},
        {True: 1, False: 2},
        {None: 1},
        {1.5: 1, 2: 2},
    ],
)
def test_subclasses_are_their_base(value: Any) -> None:
    """Enumerations, named tuples and the like are written as the standard library does."""
    assert json_dumps(value) == json.dumps(value, indent=2, sort_keys=True)


def test_special_numbers_are_strings() -> None:
    """What JSON has no number for becomes a string, at any depth."""
    value = {"a": [float("nan"), {"b": float("inf")}], "c": float("-inf")}
    expected = {"a": ["NaN", {"b": "Infinity"}], "c": "-Infinity"}
    assert json.loads(json_dumps(value)) == expected


def test_special_numbers_as_keys() -> None:
    """They are strings as keys, too."""
    assert json.loads(json_dumps({float("nan"): 1})) == {"NaN": 1}


def test_keys_of_several_types_are_sorted_by_text() -> None:
    """Mixed keys are no failure."""
    text = json_dumps({"b": 1, 10: 2, None: 3, "a": 4, True: 5})
    assert list(json.loads(text)) == ["10", "a", "b", "null", "true"]


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes", [{"a": {"b": 1j}}]])
def test_what_is_not_json_is_named(value: Any) -> None:
    """The error names the type and says what may be used."""
    with pytest.raises(TypeError, match=r"cannot write (set|object|bytes|complex) as JSON; use"):
        json_dumps(value)


def test_bad_keys_are_named() -> None:
    """So does the one for a key."""
    with pytest.raises(TypeError, match="tuple as a JSON key"):
        json_dumps({(1, 2): 3})


def test_circles_are_refused() -> None:
    """A list in itself is an error and no crash."""
    circle: list[Any] = []
    circle.append({"me": circle})
    with pytest.raises(ValueError, match="contains itself"):
        json_dumps(circle)


def test_too_deep_is_refused() -> None:
    """So is what is nested beyond the stack."""
    deep: Any = None
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="too deep"):
        json_dumps(deep)
