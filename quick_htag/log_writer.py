"""Writes lines and never waits for who reads them.

Standard error is often a pipe, and a program that has stopped reading it would stop every thread
that logs: first the leader of the HTTP threads, then each that follows it. What does not fit now is
written by a thread of its own, which ends when it is done.
"""

from __future__ import annotations

import select
import threading
from collections import deque
from typing import Final, TextIO

_poll: Final = getattr(select, "poll", None)  # Windows cannot tell, and waits as it always did
_WRITABLE: Final = getattr(select, "POLLOUT", 0)
_PIECE: Final = getattr(select, "PIPE_BUF", 512) // 4  # characters that fit when anything fits
_MOST: Final = 1024 * 1024  # characters that wait for a reader; what comes then is dropped


class LineWriter:
    """Any thread, any number of files."""

    def __init__(self) -> None:
        # guards all below, and keeps lines whole; nothing that can wait is done under it
        self._lock = threading.Lock()
        self._waiting: deque[tuple[TextIO, str]] = deque()
        self._size = 0  # characters of these
        self._lost = 0  # lines that were dropped
        self._thread: threading.Thread | None = None  # writes what waits

    def write(self, file: TextIO, lines: str) -> None:
        """Write whole lines now, or as soon as somebody reads on.

        Raises:
            Exception: whatever the file raises.

        """
        with self._lock:
            if self._lost and self._has_place(lines):
                told = f"[SERVER] {self._lost} lines were dropped, as nobody has read them\n"
                lines, self._lost = told + lines, 0
            if self._thread is not None:
                self._keep(file, lines)
                return
            at = 0
            while at < len(lines):
                if not _has_room(file):
                    self._keep(file, lines[at:])
                    return
                file.write(lines[at : at + _PIECE])
                file.flush()
                at += _PIECE

    def _has_place(self, text: str) -> bool:
        """Whether it may wait; one text always may, of any length. The lock is held."""
        return not self._waiting or self._size + len(text) <= _MOST

    def _keep(self, file: TextIO, text: str) -> None:
        """Have the thread write it. The lock is held."""
        if not self._has_place(text):
            self._lost += text.count("\n")
            return
        self._size += len(text)
        self._waiting += [(file, text[at : at + _PIECE]) for at in range(0, len(text), _PIECE)]
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="quick_htag-log", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # the system gives none
                self._thread = None
                self._waiting.clear()
                self._size = 0

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                file, text = self._waiting.popleft()
                self._size -= len(text)
            try:
                # never inside of a write: at the end of the process nobody could flush the file
                _has_room(file, wait=True)
                file.write(text)
                file.flush()
            except Exception:  # noqa: BLE001, S112 it is gone, or the user's: nowhere to say so
                continue


def _has_room(file: TextIO, *, wait: bool = False) -> bool:
    """Whether a piece can be written at once; with ``wait``, when it can."""
    if _poll is None:
        return True
    try:
        descriptor = file.fileno()
    except (AttributeError, OSError, ValueError):  # in memory, or closed
        return True
    poller = _poll()
    poller.register(descriptor, _WRITABLE)
    return bool(poller.poll(None if wait else 0))
