"""Names given once, twice, or not at all."""

from __future__ import annotations

from quick_htag.messages.params import Params, parse_query


def test_it_is_a_dict_of_the_last_values() -> None:
    """Scripts see what they always saw."""
    assert parse_query("a=1&b=x+y&a=2&flag&&=nameless") == {"a": "2", "b": "x y", "flag": True}


def test_every_value_is_kept() -> None:
    """``get_all`` has those before the last, in order."""
    assert parse_query("a=1&b=0&a=2&a").get_all("a") == ["1", "2", True]


def test_a_name_given_once_or_never() -> None:
    """``get_all`` gives a list in any case."""
    params = parse_query("a=1")
    assert (params.get_all("a"), params.get_all("b")) == (["1"], [])


def test_values_set_later() -> None:
    """Middleware that sets a value replaces all that were given."""
    params = parse_query("a=1&a=2")
    params["a"] = "3"
    assert params.get_all("a") == ["3"]
    del params["a"]
    assert params.get_all("a") == []


def test_the_list_is_the_callers() -> None:
    """Changing what ``get_all`` gave changes nothing."""
    params = parse_query("a=1&a=2")
    params.get_all("a").clear()
    assert params.get_all("a") == ["1", "2"]


def test_values_of_any_type() -> None:
    """Uploads are kept in the same way."""
    params, first, second = Params(), object(), object()
    params.add("file", first)
    params.add("file", second)
    assert params.get_all("file") == [first, second]
