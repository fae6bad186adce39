"""Values as text for people: durations, sizes, columns."""

from __future__ import annotations

from collections.abc import Sequence

_UNITS = ("B", "kB", "MB", "GB", "TB")


def short_duration(seconds: float) -> str:
    """A duration for a narrow column: ``42s``, ``3m05s``, ``2h07m``, ``5d03h``."""
    whole = max(0, int(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d{hour:02d}h"
    if hours:
        return f"{hours}h{minute:02d}m"
    return f"{minutes}m{second:02d}s" if minutes else f"{second}s"


def latency(seconds: float | None) -> str:
    """A short time with two significant digits: ``85us``, ``1.2ms``, ``3.0s``; None: ``-``."""
    if seconds is None:
        return "-"
    if seconds >= 1.0:
        return f"{seconds:.1f}s"
    if seconds >= 0.001:
        millis = seconds * 1000.0
        return f"{millis:.0f}ms" if millis >= 10.0 else f"{millis:.1f}ms"
    return f"{seconds * 1e6:.0f}us"


def size(count: float | None) -> str:
    """Bytes with the unit that fits: ``812 B``, ``1.5 kB``, ``23 MB``; None: ``-``."""
    if count is None:
        return "-"
    place = 0
    while count >= 1024.0 and place < len(_UNITS) - 1:
        count, place = count / 1024.0, place + 1
    digits = 1 if place and count < 10.0 else 0
    return f"{count:.{digits}f} {_UNITS[place]}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text with their columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def plural(count: int, noun: str) -> str:
    """``1 session``, ``2 sessions``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
