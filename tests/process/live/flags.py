"""Print the interpreter's flags, restart once, and print them again."""

import atexit
import sys

atexit.register(print, "early exit", flush=True)

from quick_htag.process.restart import (  # noqa: E402 the function before it is the point
    has_been_restarted,
    request_restart,
)

atexit.register(print, "late exit", flush=True)
if not has_been_restarted():
    print(sys.flags, sys._xoptions, flush=True)
    print("first", flush=True)
    request_restart()
    sys.exit(3)
print(sys.flags, sys._xoptions, flush=True)
print("second", flush=True)
sys.exit(4)
