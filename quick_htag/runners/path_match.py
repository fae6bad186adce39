"""Matches paths whose parameters stand side by side, in a time that grows with the path only.

For ``{year}-{month}-{day}`` a regular expression tries every way to cut the text into pieces before
it gives up, and nothing else of this process runs meanwhile: one request of some thousand dashes
would stop the server for hours. Here it is found out first, from the end, where what follows each
piece can begin; the pieces are then cut as the expression would: each as long as possible, the
first before the second.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

SEGMENT, REST = "[^/]+", ".*"  # parameters of any length, in one segment or across all

_LONGEST: Final = 40  # characters of every other parameter


class Parameter(NamedTuple):
    """A place in a path.

    Attributes:
        name: what it is called.
        regex: what fits there; ``SEGMENT``, ``REST``, or something of at most 40 characters.

    """

    name: str
    regex: str


Pieces = list["str | Parameter"]
"""A path taken apart: text that stands there, and parameters."""


def is_ambiguous(pieces: Pieces) -> bool:
    """Whether two parameters of any length can take the same text."""
    beside = 0
    rests = sum(isinstance(one, Parameter) and one.regex == REST for one in pieces)
    for piece in pieces:
        if isinstance(piece, str):
            beside = 0 if "/" in piece else beside
        elif piece.regex in (SEGMENT, REST):
            beside += 1
            if beside > 1:
                return True
    return rests > 1


def match(pieces: Pieces, path: str) -> dict[str, str] | None:
    """The text of each parameter; None: the path does not fit as a whole.

    Args:
        pieces: of the pattern, without a slash at its end.
        path: may have a slash at its end.

    """
    good = bytearray(len(path) + 1)  # positions at which what follows can begin
    good[-1] = 1
    if path.endswith("/"):
        good[-2] = 1
    follow = [good]
    for piece in reversed(pieces):
        good = _begins(piece, path, good)
        follow.append(good)
    follow.reverse()
    if not follow[0][0]:
        return None
    found: dict[str, str] = {}
    start = 0
    for piece, good in zip(pieces, follow[1:], strict=True):
        end = start + len(piece) if isinstance(piece, str) else _end(piece, path, start, good)
        if isinstance(piece, Parameter):
            found[piece.name] = path[start:end]
        start = end
    return found


def _begins(piece: str | Parameter, path: str, good: bytearray) -> bytearray:
    """Where ``piece`` can begin, when what follows can begin where ``good`` says."""
    found = bytearray(len(good))
    if isinstance(piece, str):
        at = path.find(piece)
        while at >= 0:
            found[at] = good[at + len(piece)]
            at = path.find(piece, at + 1) if at < len(path) else -1
    elif piece.regex == REST:
        last = good.rfind(1)
        found[: last + 1] = b"\1" * (last + 1)
    elif piece.regex == SEGMENT:
        reach = 0
        for at in range(len(path) - 1, -1, -1):
            reach = 0 if path[at] == "/" else reach or good[at + 1]
            found[at] = reach
    else:
        for at in range(len(path)):
            found[at] = _end(piece, path, at, good) >= 0
    return found


def _end(piece: Parameter, path: str, start: int, good: bytearray) -> int:
    """The last place at which ``piece`` can end; -1: there is none."""
    if piece.regex == REST:
        return good.rfind(1, start)
    if piece.regex == SEGMENT:
        slash = path.find("/", start)
        return good.rfind(1, start + 1, None if slash < 0 else slash + 1)
    found = re.compile(piece.regex).match(path, start, start + _LONGEST)
    end = -1 if found is None else found.end()
    while end > start and not (good[end] and re.compile(piece.regex).fullmatch(path, start, end)):
        end -= 1
    return end if end > start else -1
