"""The words after ``sessions``, ``tokens`` and ``jobs``: which rows, in which order, which columns.

idle>1h  app=Shop*  user!=ann  Shop  sort=-idle  columns=session,app,idle  limit=20
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, Generic, TypeVar

from ..errors import ConfigurationError
from .rows import Row, cell, kinds
from .tables import table

R = TypeVar("R", bound=Row)

_CONDITION = re.compile(r"([a-z_]+)(!=|>=|<=|=|>|<)(.*)")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([a-zA-Z%]*)")
_UNITS: Final = {
    "seconds": {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0},
    "bytes": {"": 1.0, "b": 1.0, "kb": 1024.0, "mb": 1024.0**2, "gb": 1024.0**3},
    "percent": {"": 1.0, "%": 1.0},
    "count": {"": 1.0},
}
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_OPTIONS: Final = ("columns=", "limit=", "sort=")
LIMIT: Final = 100  # rows that are shown where nobody says how many


@dataclass(frozen=True)
class Condition:
    """One condition.

    Attributes:
        column: whose value; empty: any text column.
        sign: how it is compared.
        value: with what; a text may have the wildcards ``*`` and ``?``.

    """

    column: str
    sign: str
    value: str | float

    def fits(self, row: Row) -> bool:
        """Whether a row is meant. An empty text is equal to ""; no number is equal to nothing."""
        if not self.column:
            texts = [
                getattr(row, name) for name, kind in kinds(type(row)).items() if kind == "text"
            ]
            return any(str(self.value) in text.lower() for text in texts)
        found = getattr(row, self.column)
        if isinstance(self.value, str):
            same = fnmatchcase(str(found).lower(), self.value)
            return same if self.sign == "=" else not same
        return found is not None and _COMPARE[self.sign](found, self.value)


@dataclass(frozen=True)
class Selection(Generic[R]):
    """What was asked for.

    Attributes:
        row_type: the kind of rows.
        conditions: all of them have to fit.
        order: the column to sort by; empty: as they come.
        downwards: the largest first.
        columns: those to show.
        limit: rows to show.

    """

    row_type: type[R]
    conditions: tuple[Condition, ...]
    order: str
    downwards: bool
    columns: tuple[str, ...]
    limit: int

    def rows(self, rows: Sequence[R]) -> list[R]:
        """Those that fit, in order."""
        found = [row for row in rows if all(one.fits(row) for one in self.conditions)]
        if not self.order:
            return found
        known = [row for row in found if getattr(row, self.order) is not None]
        known.sort(key=lambda row: getattr(row, self.order), reverse=self.downwards)
        return [*known, *(row for row in found if getattr(row, self.order) is None)]

    def text(self, rows: Sequence[R]) -> str:
        """Those that fit as a table; empty: there is none."""
        found = self.rows(rows)
        if not found:
            return ""
        of = kinds(self.row_type)
        lines = [
            [cell(getattr(row, name), of[name]) for name in self.columns]
            for row in found[: self.limit]
        ]
        more = len(found) - self.limit
        shown = table([self.columns, *lines])
        return f"{shown}\n... and {more} more, see limit=" if more > 0 else shown


def select(words: Sequence[str], row_type: type[R]) -> Selection[R]:
    """Understand the words of a user.

    Raises:
        ConfigurationError: one of them makes no sense; the text says which would.

    """
    of = kinds(row_type)
    conditions: list[Condition] = []
    order, downwards, columns, limit = "", False, tuple(of), LIMIT
    for word in words:
        name, _, value = word.partition("=")
        if name == "sort":
            downwards, order = value.startswith("-"), _column(value.removeprefix("-"), of)
        elif name == "columns":
            columns = tuple(_column(one, of) for one in value.split(","))
        elif name == "limit":
            limit = int(_amount(value, "count"))
        else:
            conditions.append(_condition(word, of))
    return Selection(row_type, tuple(conditions), order, downwards, columns, limit)


def _condition(word: str, of: dict[str, str]) -> Condition:
    parts = _CONDITION.fullmatch(word)
    if parts is None:
        return Condition("", "=", word.lower())
    name, sign, value = parts.groups()
    kind = of[_column(name, of)]
    if kind != "text":
        return Condition(name, sign, _amount(value, kind))
    if sign not in ("=", "!="):
        raise ConfigurationError(f"{name} is a text: {name}={value} or {name}!={value}")
    return Condition(name, sign, value.lower())


def _column(name: str, of: dict[str, str]) -> str:
    if name not in of:
        raise ConfigurationError(f"there is no column {name!r}, there are {', '.join(of)}")
    return name


def _amount(text: str, kind: str) -> float:
    """A number with units: ``90``, ``1h30m``, ``2.5kB``."""
    units = _UNITS[kind]
    parts = _AMOUNT.findall(text)
    wrong = "".join(map("".join, parts)) != text or not parts
    if wrong or any(unit.lower() not in units for _, unit in parts):
        names = " ".join(unit for unit in units if unit)
        hint = f", with the units {names}" if names else ""
        raise ConfigurationError(f"{text!r} is no number{hint}")
    return sum(float(number) * units[unit.lower()] for number, unit in parts)


def propose(text: str, row_type: type[Row]) -> list[str]:
    """What the word being typed may become."""
    of = kinds(row_type)
    name, sign, value = text.partition("=")
    if sign and name == "sort":
        orders = [order for column in of for order in (column, f"-{column}")]
        return [f"sort={order}" for order in orders if order.startswith(value)]
    if sign and name == "columns":
        done, comma, last = value.rpartition(",")
        return [f"columns={done}{comma}{one}" for one in of if one.startswith(last)]
    words = [*_OPTIONS, *(f"{one}{'=' if kind == 'text' else '>'}" for one, kind in of.items())]
    words += [f"{one}<" for one, kind in of.items() if kind != "text"]
    return [word for word in words if word.startswith(text)]
