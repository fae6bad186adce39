"""What a watched program tells its parent: the reading side of ``watched``."""

from __future__ import annotations

import array
import json
import os
import select
import socket
from contextlib import suppress
from typing import Any

from ..deadline import Deadline
from .handover import Held

_READ = 64 * 1024  # bytes at a time
_RIGHTS = 16  # descriptors of one message
_LONGEST = 4 * 1024 * 1024  # bytes without the end of a line: this is no word of ours

_posix: Any = socket  # Windows lacks some of its names; there is no channel there


class Mailbox:
    """Reads lines and sockets; never waits but in ``wait``. One thread.

    Args:
        channel: a Unix stream socket, which stays the caller's; None: nothing ever comes.

    Attributes:
        closed: nothing comes any more.

    """

    def __init__(self, channel: socket.socket | None) -> None:
        self._channel = channel
        self._lines = b""
        self._fds = array.array("i")
        self.closed = channel is None

    def wait(self, timeout: float) -> None:
        """Until something can be read, or for so many seconds."""
        if self._channel is None:
            return
        limit = Deadline(timeout)
        select.select([self._channel], [], [], limit.remaining())

    def read(self) -> tuple[list[Held], list[dict[str, Any]]]:
        """Sockets, and what else has come; what was not written by us is left out."""
        while not self.closed and self._read_some():
            continue
        *lines, self._lines = self._lines.split(b"\n")
        if len(self._lines) > _LONGEST:
            self.closed = True
        sockets, told = [], []
        for line in lines:
            with suppress(ValueError, TypeError):
                word = json.loads(line)
                if isinstance(word, list):
                    sockets.append(self._held(word))
                elif isinstance(word, dict):
                    told.append(word)
        return sockets, told

    def _held(self, word: list[Any]) -> Held:
        fd = self._fds.pop(0) if self._fds else -1
        _, host, port, activated = word
        return Held(fd, (str(host), int(port)), bool(activated))

    def _read_some(self) -> bool:
        receiver: Any = self._channel
        room = _posix.CMSG_SPACE(_RIGHTS * self._fds.itemsize)
        try:
            data, ancillary, _, _ = receiver.recvmsg(_READ, room, _posix.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            data, ancillary = b"", []
        for _, kind, rights in ancillary:
            if kind == _posix.SCM_RIGHTS:
                self._fds.frombytes(rights[: len(rights) - len(rights) % self._fds.itemsize])
                for fd in self._fds:
                    os.set_inheritable(fd, False)
        self._lines += data
        self.closed = not data
        return bool(data)
