"""A program that stop_signals guards and that ends a copy of itself; says the copy's exit code.

``program``: it has called ``setup_shutdown`` before.
"""

import multiprocessing
import sys
import time

from quick_htag import setup_shutdown
from quick_htag.process.shutdown import stop_signals

if sys.argv[1] == "program":
    setup_shutdown()
with stop_signals(lambda: print("asked to stop", flush=True)):
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    copy = context.Process(target=lambda: (begun.set(), time.sleep(60)))
    copy.start()
    begun.wait()
    copy.terminate()
    copy.join(30)
    print("copy ended with", copy.exitcode, flush=True)
    copy.kill()
