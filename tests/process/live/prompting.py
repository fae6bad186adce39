"""A program with a prompt and nothing else.

Arguments: how it is stopped (``interrupt``: KeyboardInterrupt, ``signals``: stop_signals,
``forget``: KeyboardInterrupt, and the prompt is not stopped), the history file (may be empty), and
the timeout of the stop in seconds.
"""

import os
import sys
import threading
import time

from quick_htag.logs import MessageLog
from quick_htag.process.commands import CommandTable
from quick_htag.process.prompt import Prompt
from quick_htag.process.restart import has_been_restarted, request_restart
from quick_htag.process.shutdown import stop_signals

done = threading.Event()
log = MessageLog()
table = CommandTable(log)


def restart() -> None:
    """Ask for a restart and end."""
    request_restart(log)
    done.set()


def linger(args: list[str]) -> None:
    """Take longer than anybody waits."""
    log.message("lingering")
    threading.Event().wait(60.0)


def interrupt(args: list[str]) -> None:
    """Raise what CTRL-C on a console raises."""
    raise KeyboardInterrupt


def colours(args: list[str], text: str) -> list[str]:
    """Two words to complete."""
    return [name for name in ("green", "grey") if name.startswith(text)]


def second(args: list[str]) -> None:
    """Try to start another prompt."""
    log.message(f"second started: {Prompt(table, log).start()}")


table.add("echo", lambda args: log.message("heard " + " ".join(args)))
table.add("paint", lambda args: log.message("painted " + " ".join(args)), 1, colours)
table.add("second", second, 0)
table.add("interrupt", interrupt, 0)
table.add("linger", linger, 0)
table.add_builtins(restart=restart, quit=done.set)
prompt = Prompt(
    table,
    log,
    history_file=lambda: sys.argv[2],
    finished=done.is_set,
    on_eof=lambda: log.message("eof seen"),
    on_interrupt=done.set,
)


def serve() -> None:
    """Wait for the end, with the prompt running."""
    log.message(f"process {os.getpid()}. restarted {has_been_restarted()}")
    prompt.start()
    while not done.wait(0.2):  # a signal at the very beginning of a wait is noticed at its end only
        pass


try:
    if sys.argv[1] == "signals":
        with stop_signals(done.set, restore=prompt.restore_terminal):
            serve()
    else:
        serve()
except KeyboardInterrupt:
    log.message("interrupted")
if sys.argv[1] == "forget":
    sys.exit(0)
before = time.monotonic()
ended = prompt.stop(float((sys.argv[3:] or ["10"])[0]))
log.message(f"stopped ended={ended} quick={time.monotonic() - before < 5}")
