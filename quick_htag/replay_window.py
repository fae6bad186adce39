"""Tells a message that comes late from one that comes again: the window of RFC 4303, 3.4.3.

Messages are numbered by who sends them. Those on different connections may overtake each other, so
a number below the last one is not wrong in itself; one that was taken before is. What is so old
that nothing is known of it is refused as well (RFC 6347, section 4.1.2.6, has the same).

``js/replay_window.js`` is the other side.
"""

from __future__ import annotations

from typing import Final

# RFC 4303 recommends 64 or more. A page posts up to 1000 messages at once, and may have sent them
# all again on its next connection before the first ones arrive.
SIZE: Final = 4096
_MASK: Final = (1 << SIZE) - 1


class ReplayWindow:
    """The numbers that were taken. Not thread-safe."""

    def __init__(self) -> None:
        self._last = 0  # the highest number taken
        self._taken = 0  # bit n: the number n below that was taken

    def take(self, number: int) -> str:
        """Take a number; a text says why it must not be, an empty one that it is taken."""
        ahead = number - self._last
        if ahead > 0:
            self._taken = (self._taken << ahead | 1) & _MASK if ahead < SIZE else 1
            self._last = number
            return ""
        if -ahead >= SIZE:
            return f"the message is older than the last {SIZE}"
        bit = 1 << -ahead
        if self._taken & bit:
            return "the message was sent before"
        self._taken |= bit
        return ""
