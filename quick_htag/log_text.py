"""Pieces of log lines, as text."""

from __future__ import annotations

import re
import time

# C0 and C1 without tab and line end, the line ends of Unicode, and what turns text around
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
# compiled by ``re`` at its first use
_DURATIONS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_SIZES = ((1 << 30, " GB"), (1 << 20, " MB"), (1 << 10, " kB"))


def escape(text: str) -> str:
    """Make control characters visible: no forged log lines, no terminal codes."""
    if text.isascii() and text.isprintable():  # nearly always, and much quicker
        return text
    return re.sub(_CONTROL, _visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def one_line(text: str, limit: int) -> str:
    """A text of somebody else's making as a part of one line.

    Args:
        text: the text.
        limit: characters of it that are kept.

    """
    cut = text if len(text) <= limit else f"{text[:limit]}…"
    return escape(cut).replace("\n", "\\n")


def format_duration(seconds: float) -> str:
    """A duration with its largest unit of at least one, e.g. ``  12.300ms``."""
    for unit, name in _DURATIONS:
        if seconds >= unit:
            return f"{seconds / unit:8.3f}{name}"
    return f"{seconds * 1000.0:8.3f}ms"


def format_size(size: float) -> str:
    """A size in bytes with three significant digits, e.g. ``1.23 kB``."""
    for unit, name in _SIZES:
        if size >= unit:
            return f"{size / unit:.3g}{name}"
    return f"{size:.3g} B"


def format_address(host: object, port: object) -> str:
    """A host with its port; IPv6 in brackets, RFC 3986 section 3.2.2."""
    text = str(host)
    bare = ":" in text and not text.startswith("[")
    return f"[{text}]:{port}" if bare else f"{text}:{port}"


class Stamp:
    """The wall-clock time of a log line, formatted once a second. Any thread."""

    def __init__(self) -> None:
        self._cached = (0, "")  # replaced as a whole, so threads need no lock

    def __call__(self) -> str:
        """The time now."""
        now = int(time.time())
        second, text = self._cached
        if second != now:
            text = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
            self._cached = (now, text)
        return text
