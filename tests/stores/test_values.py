"""Keys, values and times as all stores take them; see the contract for the rest."""

from __future__ import annotations

import enum
import math
from collections import OrderedDict
from typing import Any

import pytest

from quick_htag.errors import NotStorable
from quick_htag.stores.values import behind, can_begin, check_ttl, decode, encode


class _Colour(enum.IntEnum):
    RED = 1


def test_text_is_short_and_ascii() -> None:
    """No blanks between, so that size means size."""
    assert encode({"a": [1, "\u00fc"]}) == '{"a":[1,"\\u00fc"]}'


def test_relatives_of_json_types() -> None:
    """Tuples become lists, enumerations their value, any kind of dict an object."""
    value = OrderedDict(a=(1, (_Colour.RED,)))
    assert decode(encode(value)) == {"a": [1, [1]]}


def test_the_value_has_the_name_given() -> None:
    """An error calls it as its user does."""
    with pytest.raises(NotStorable, match=r"^session\['a'\]"):
        encode({"a": {1}}, name="session")


def test_a_number_of_too_many_digits() -> None:
    """Python itself refuses to write it; the place is told."""
    with pytest.raises(NotStorable, match=r"^value\[1\]\['n'\] .* digits"):
        encode([0, {"n": 10**6000}])


def test_the_path_is_data() -> None:
    """A program can read it."""
    with pytest.raises(NotStorable) as caught:
        encode([[object()]])
    assert caught.value.path == "value[0][0]"


@pytest.mark.parametrize(("ttl", "seconds"), [(None, None), (math.inf, None), (2, 2.0), (-1, -1.0)])
def test_times(ttl: Any, seconds: float | None) -> None:
    """Seconds; what never ends is None."""
    assert check_ttl(ttl) == seconds


@pytest.mark.parametrize(
    ("prefix", "end"),
    [("", None), ("a", "b"), ("a\U0010ffff", "b"), ("\U0010ffff", None), ("\ud7ff", "\ue000")],
)
def test_where_a_prefix_ends(prefix: str, end: str | None) -> None:
    """Nothing that begins with it sorts behind that, also where characters end or have a gap."""
    assert behind(prefix) == end


def test_no_key_begins_with_half_a_character() -> None:
    """As stores cannot write it."""
    assert can_begin("\xe9")
    assert not can_begin("\ud83d")
