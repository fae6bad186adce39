"""What is noted at once when the package is imported, while the rest is loaded at its first use.

It is what a script may change before that: its working folder, and its environment, whose variables
are to be taken before another process inherits them.
"""

from __future__ import annotations

import os

ENV_SOCKETS = "QUICK_HTAG_SOCKETS"  # see ``handover``
ENV_RELOAD = "QUICK_HTAG_RELOAD"  # see ``watched``
ENV_WORKER = "QUICK_HTAG_WORKER"  # see ``workers.worker``


def _working_folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 pathlib would be loaded for nothing else
    except OSError:  # removed under us
        return None


FOLDER = _working_folder()
"""Relative paths of the command line hold here, whatever ``chdir()`` the program does later."""

INHERITS = any(name in os.environ for name in (ENV_SOCKETS, ENV_RELOAD, ENV_WORKER))
"""Whether a process before this one has left it something; then ``watched`` and ``workers.worker``
are to take it."""
