"""Make standard input the controlling terminal and run a command on it.

Arguments: how, then the command. ``foreground``: in our place. ``background``: as a background
job. ``both``: as a foreground job, until SIGUSR1 puts it in the background. The caller has made a
new session.
"""

import fcntl
import os
import signal
import subprocess
import sys
import termios

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if sys.argv[1] == "foreground":
    os.execv(sys.argv[2], sys.argv[2:])
signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # as shells do
signal.signal(signal.SIGUSR1, lambda *_: os.tcsetpgrp(0, os.getpgrp()))


def begin() -> None:
    """Be a job of its own."""
    os.setpgrp()
    if sys.argv[1] == "both":
        os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)


for number in (signal.SIGTERM, signal.SIGHUP):  # the test ends, the terminal goes
    signal.signal(number, lambda *_: sys.exit(1))
child = subprocess.Popen(sys.argv[2:], preexec_fn=begin)
status = None
try:
    _, status = os.waitpid(child.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        print("stopped by", os.WSTOPSIG(status), flush=True)
finally:
    if status is None or os.WIFSTOPPED(status):
        os.kill(child.pid, signal.SIGKILL)  # a group of its own: nobody else ends it
        sys.exit(1)
sys.exit(os.waitstatus_to_exitcode(status))
