"""The values of a query string or form: a dict that also knows what was given more than once."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus


class Params(dict[str, Any]):
    """Names to values; of repeated names the last wins, ``get_all`` has them all."""

    __slots__ = ("_repeats",)  # set when a name is repeated: most never are

    _repeats: dict[str, list[Any]]

    def add(self, name: str, value: Any) -> None:
        """Give ``name`` one more value."""
        if name in self:
            try:
                repeats = self._repeats
            except AttributeError:
                repeats = self._repeats = {}
            repeats.setdefault(name, [self[name]]).append(value)
        self[name] = value

    def get_all(self, name: str) -> list[Any]:
        """Every value of a name in the order given; empty when there is none."""
        if name not in self:
            return []
        values: list[Any] = getattr(self, "_repeats", {}).get(name, [])
        if values and values[-1] is self[name]:
            return list(values)
        return [self[name]]  # given once, or set since


def parse_query(text: str) -> Params:
    """A query string or URL-encoded form.

    ``k=v`` gives a str, ``k`` alone gives True, "+" is a space, nameless items are dropped, and of
    repeated names the last wins; ``get_all`` has the others. Undecodable bytes become U+FFFD.
    """
    values = Params()
    for item in text.split("&"):
        name, separator, value = item.partition("=")
        if name:
            values.add(unquote_plus(name), unquote_plus(value) if separator else True)
    return values
