"""A program that stop_signals guards; the argument says what it does when asked to stop.

``obey``: end. ``refuse``: go on, so only a second signal helps.
"""

import os
import sys
import threading

from quick_htag.process.shutdown import stop_signals

done = threading.Event()


def say(text: str) -> None:
    """Print from any thread and from a signal handler."""
    os.write(1, text.encode() + b"\n")


def stop() -> None:
    """Note the request, and obey it perhaps."""
    say("asked to stop")
    if sys.argv[1] == "obey":
        done.set()


with stop_signals(stop, restore=lambda: say("restored")):
    say("ready")
    done.wait(60.0)
say("after")
sys.exit(3)
