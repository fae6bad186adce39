"""A prompt under a supervisor."""

import os
import threading

from quick_htag.logs import MessageLog
from quick_htag.process.commands import CommandTable
from quick_htag.process.prompt import Prompt
from quick_htag.process.restart import request_restart, setup_restart

setup_restart()
log = MessageLog()
table = CommandTable(log)
done = threading.Event()


def restart() -> None:
    """Ask for a restart and end."""
    request_restart(log)
    done.set()


table.add("echo", lambda args: log.message("heard " + " ".join(args)))
table.add_builtins(restart=restart, quit=done.set)
print(f"child {os.getpid()}.", flush=True)
prompt = Prompt(table, log, finished=done.is_set)
prompt.start()
while not done.wait(0.2):  # a signal at the very beginning of a wait is noticed at its end only
    pass
prompt.stop()
