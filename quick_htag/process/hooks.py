"""Shutdown as quick_server has it: hooks, a moment for the output, and exit code 130."""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
from collections.abc import Callable

from ..errors import ConfigurationError
from ..logs import ERR_SOURCE_GENERAL_QS, default_log
from .shutdown import ProgramStop, stopping_signals
from .supervisor import flush_streams

EXIT_CODE = 130

Hook = Callable[[], object]


def _nothing() -> None:
    """Nothing to stop."""


class _Hooks:
    """What the functions below share: a process has one set of signal handlers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the four below
        self._hooks: list[Hook] = []
        self._pre_flush_wait = 0.5
        self._final_wait = 0.5
        self._handler: ProgramStop | None = None

    def add(self, hook: Hook) -> None:
        with self._lock:
            self._hooks.append(hook)

    def setup(self, pre_flush_wait: float, final_wait: float) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise ConfigurationError("call setup_shutdown on the main thread, signals go there")
        if pre_flush_wait < 0 or final_wait < 0:
            raise ConfigurationError("the waits of setup_shutdown must not be negative")
        with self._lock:
            self._pre_flush_wait, self._final_wait = pre_flush_wait, final_wait
            handler, first = self._handler, self._handler is None
            if handler is None:
                handler = self._handler = ProgramStop(EXIT_CODE, self._run, self._flush)
        if first:
            handler.start()
            atexit.register(self._at_exit, handler)
        for number in stopping_signals():
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup, and "&" in a script
                signal.signal(number, handler)

    def _run(self) -> None:
        """The hooks, the one added last first."""
        while True:
            with self._lock:
                if not self._hooks:
                    return
                hook = self._hooks.pop()
            try:
                hook()
            except BaseException as error:  # noqa: BLE001 user code; the others have their turn too
                default_log().error(ERR_SOURCE_GENERAL_QS, f"shutdown hook {hook!r} failed", error)

    def _flush(self) -> None:
        with self._lock:
            before, after = self._pre_flush_wait, self._final_wait
        time.sleep(before)
        flush_streams()
        time.sleep(after)

    def _at_exit(self, handler: ProgramStop) -> None:
        """The program has come to its end while the hooks still run: its exit code is the same."""
        try:
            with handler.serving(_nothing):
                pass
        except SystemExit:  # which nobody hears here any more
            atexit.unregister(self._at_exit)
            atexit._run_exitfuncs()
            flush_streams()
            os._exit(EXIT_CODE)


_hooks = _Hooks()


def setup_shutdown(*, pre_flush_wait: float = 0.5, final_wait: float = 0.5) -> None:
    """Make SIGTERM and SIGINT (on Windows SIGBREAK as well) run the shutdown hooks.

    On the first such signal the hooks run on a thread of their own, the one added last first; one
    that raises is logged and the next has its turn. Then servers in ``serve_forever`` are told to
    stop, output is flushed, and the program ends with ``SystemExit`` on the main thread and exit
    code 130, after requests under way were answered. A second signal ends it at once.

    Args:
        pre_flush_wait: seconds between the last hook and flushing stdout and stderr.
        final_wait: seconds after that.

    Raises:
        ConfigurationError: this is not the main thread, or a wait is negative.

    """
    _hooks.setup(pre_flush_wait, final_wait)


def add_shutdown_hook(hook: Hook) -> None:
    """Call ``hook()`` when a signal ends the program, see ``setup_shutdown``. Any thread."""
    _hooks.add(hook)
