"""Hears of the end of another server, whose process we are in, before it waits for our streams.

Nothing in WSGI or ASGI tells an application that the host would like to end: uvicorn and gunicorn
wait for open answers first, and a stream of events never ends by itself. What tells them is a
signal, so theirs are watched; whoever handles them does so as before.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

_ENDING: Final = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGBREAK")  # those the platform has
_NOBODYS: Final = (signal.SIG_DFL, signal.SIG_IGN, signal.default_int_handler, None)


class HostSignals:
    """Watches the signals of one host.

    Args:
        end: called once on a thread of its own when the host is told to end.

    """

    def __init__(self, end: Callable[[], object]) -> None:
        self._end = end
        self._ours: dict[int, _Watch] = {}  # by signal; main thread only
        self.left = False
        self._told: queue.SimpleQueue[bool] = queue.SimpleQueue()  # which a handler may use

    def watch(self) -> bool:
        """Watch what the host handles by now; whether there is something.

        Does nothing off the main thread, which alone may do it, and again.
        """
        if threading.current_thread() is not threading.main_thread():
            return False
        if self._ours:
            return True
        numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
        handlers = {number: signal.getsignal(number) for number in numbers}
        theirs = {
            number: one
            for number, one in handlers.items()
            if one not in _NOBODYS and not _is_of_asyncio(one)
        }
        if not theirs:
            return False
        threading.Thread(target=self._wait, name="quick_htag-host-end", daemon=True).start()
        for number, handler in theirs.items():
            self._ours[number] = ours = _Watch(self, handler)
            signal.signal(number, ours)
        return True

    def leave(self) -> None:
        """Watch no more; again is harmless. What others have put in place since then stays."""
        if threading.current_thread() is threading.main_thread():
            self.left = True
            for number in self._ours:
                handler: Any = signal.getsignal(number)
                while isinstance(handler, _Watch) and handler.by.left:  # several in any order
                    handler = handler.theirs
                    signal.signal(number, handler)
        self._told.put(False)

    def tell(self) -> None:
        """The host is told to end. Called by handlers of signals."""
        self._told.put(True)

    def _wait(self) -> None:
        if self._told.get():
            self._end()


def _is_of_asyncio(handler: Any) -> bool:
    """Whether it is there for as long as ``asyncio.run``, which ends its host by itself."""
    owner = getattr(getattr(handler, "func", None), "__self__", None)
    return type(owner).__module__.startswith("asyncio.")


class _Watch:
    """Handles a signal: notes it, and does what the host does."""

    def __init__(self, by: HostSignals, theirs: Any) -> None:
        self.by = by
        self.theirs = theirs

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.by.tell()
        self.theirs(number, frame)
