"""A process of an app that another web process has started: it can be waited for, and killed."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import sys
import threading
from contextlib import suppress
from typing import Final

from ..deadline import Deadline

_PEER: Final = struct.Struct("3i")  # of Linux: process, user, group
_PEERCRED: Final[int | None] = getattr(socket, "SO_PEERCRED", None)  # Linux has it
_MAC: Final[bool] = bool(sys.platform == "darwin")
_MAC_PEER: Final = 2  # LOCAL_PEERPID of macOS, which Python does not name
_LOOK: Final = 0.05  # seconds between looks where the system does not tell of an end


def peer_of(sock: socket.socket) -> int | None:
    """The number of the process at the other end of a socket, as the system knows it.

    What a process tells of itself is not taken for it: it may be wrong.
    """
    if sock.family == socket.AF_INET:  # a port, on Windows
        return None
    with suppress(OSError, struct.error):
        if _PEERCRED is not None:
            told = sock.getsockopt(socket.SOL_SOCKET, _PEERCRED, _PEER.size)
            return int(_PEER.unpack(told)[0]) or None
        if _MAC:
            return sock.getsockopt(0, _MAC_PEER) or None
    return None


class AdoptedProcess:
    """A process that is no child of ours. Any thread.

    Args:
        pid: its number; it lives.

    Attributes:
        pid: as above.

    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._over = False  # its end was seen; the number may be another one's by now
        self._swept = False  # what it has started was ended after it
        self._lock = threading.Lock()  # guards what follows
        self._handle: int | None = None
        opened = getattr(os, "pidfd_open", None)  # Linux has it
        if opened is not None:  # the number may be another one's one day, this is not
            with suppress(OSError):
                self._handle = opened(pid)

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return not self._ended(0.0)

    def wait(self, timeout: float) -> bool:
        """Wait for its end; False: the seconds are over."""
        deadline = Deadline(timeout)
        while not self._ended(min(_LOOK, deadline.remaining() or 0.0)):
            if deadline.expired():
                return False
        return True

    def kill(self) -> None:
        """End it now, with what it has started, also when it has ended; again is harmless."""
        alive = self.is_alive()
        if sys.platform != "win32" and not self._swept:
            self._swept = not alive
            with suppress(OSError):
                try:
                    os.killpg(self.pid, signal.SIGKILL)
                except ProcessLookupError:
                    if alive:  # a copy that was made just now is in the group of its template
                        os.kill(self.pid, signal.SIGKILL)

    def let_go(self) -> None:
        """Do without it from now on; again is harmless."""
        with self._lock:
            handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def ending(self) -> str:
        """How it has ended, for messages: only who has started it knows more."""
        return "runs" if self.is_alive() else "it has ended"

    def _ended(self, timeout: float) -> bool:
        with self._lock:
            if self._over:
                return True
            if sys.platform != "win32" and self._handle is not None:
                ends = select.poll()
                ends.register(self._handle, select.POLLIN)
                self._over = bool(ends.poll(timeout * 1000.0))
                if self._over:  # each process that ends would leave one behind
                    os.close(self._handle)
                    self._handle = None
                return self._over
        threading.Event().wait(timeout)
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            self._over = True
        except OSError:  # it is somebody else's
            return False
        return self._over


def adopted(sock: socket.socket) -> AdoptedProcess | None:
    """The process at the other end of a socket; None: the system does not tell."""
    pid = peer_of(sock)
    return None if pid is None else AdoptedProcess(pid)
