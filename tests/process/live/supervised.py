"""A program under a supervisor; its argument says what it does.

``exit N``: end with N. ``again``: restart once, then end with 5. ``die``: be killed by SIGKILL.
``wait``: wait for a signal, end with 7 when SIGTERM comes, 8 when SIGHUP comes. ``interrupt``:
count the SIGINTs for a moment.
"""

import atexit
import os
import signal
import sys
import threading
import time

from quick_htag.process.restart import (
    has_been_restarted,
    is_original,
    request_restart,
    setup_restart,
)

atexit.register(print, "exit function", flush=True)
setup_restart()
print(f"child {os.getpid()}.", is_original(), has_been_restarted(), flush=True)
what = sys.argv[1]
if what == "exit":
    sys.exit(int(sys.argv[2]))
if what == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if what == "again":
    if has_been_restarted():
        sys.exit(5)
    request_restart()
if what == "wait":
    for number, code in ((signal.SIGTERM, 7), (signal.SIGHUP, 8)):
        signal.signal(number, lambda *_, code=code: sys.exit(code))
    print("waiting", flush=True)
    threading.Event().wait(60.0)
if what == "interrupt":
    count = 0

    def interrupted(*_: object) -> None:
        """Count it."""
        global count
        count += 1

    signal.signal(signal.SIGINT, interrupted)
    print("waiting", flush=True)
    end = time.monotonic() + 60.0
    while not count and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.3)  # a second one would come at once
    print("interrupts", count, flush=True)
