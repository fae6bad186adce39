"""What runs in a process of a ``ProcessExecutor``: takes calls from a pipe, one after the other."""

from __future__ import annotations

import os
import pickle
import traceback
from multiprocessing.connection import Connection
from typing import Final

READY: Final = b"ready"
_NOT_FOUND: Final = (
    "the function of the job is not found in another process: define it with def at the top of a "
    'module, not under if __name__ == "__main__":'
)


def main(pipe: Connection) -> None:
    """Serve until the other end of the pipe is closed, which the end of the server does, too."""
    if hasattr(os, "setpgid"):
        # A group of its own: a kill takes along what a job has started, and CTRL-C at the
        # terminal is the server's business.
        os.setpgid(0, 0)
    try:
        pipe.send_bytes(READY)
        while True:
            pipe.send_bytes(answer(pipe.recv_bytes()))
    except (EOFError, OSError):  # nobody is there any more
        return


def answer(data: bytes) -> bytes:
    """The pickled ``(True, value)`` of a pickled call, or ``(False, traceback)``."""
    try:
        call, args, kwargs = pickle.loads(data)  # noqa: S301 the pipe is the server's
    except Exception as error:  # noqa: BLE001 whatever importing the function's module raises
        return pickle.dumps((False, f"{_NOT_FOUND}\n{_traceback(error)}"))
    try:
        return pickle.dumps((True, call(*args, **kwargs)))
    except BaseException as error:  # noqa: BLE001 user code; also what cannot be pickled
        return pickle.dumps((False, _traceback(error)))


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
