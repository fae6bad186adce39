"""Restarts by code 50 once; then ends with 42, which means nothing here."""

import os
import sys

from quick_htag.process.restart import (
    has_been_restarted,
    is_original,
    request_restart,
    set_restart_exit_code,
    setup_restart,
)

if is_original():
    set_restart_exit_code(50)  # the child is told
setup_restart()
print("run", has_been_restarted(), os.environ["QUICK_SERVER_RESTART"], flush=True)
if has_been_restarted():
    sys.exit(42)
request_restart()
