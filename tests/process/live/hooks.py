"""A program with shutdown hooks; the argument says what its main thread does.

``wait``: wait for the end. ``end``: end as soon as the hooks have begun. ``serve``: serve, with
``register_shutdown``. ``serve-only``: serve without it. ``hang``: a hook does not return.
"""

import sys
import threading

from quick_htag import add_shutdown_hook, create_server, msg, setup_shutdown
from quick_htag.process.hooks import setup_shutdown as again

what = sys.argv[1]
begun = threading.Event()
setup_shutdown(pre_flush_wait=60.0, final_wait=60.0)
again(pre_flush_wait=0.05, final_wait=0.05)  # the last call counts, and nothing happens twice


def wait_for(event: threading.Event) -> None:
    """In steps: a signal at the very beginning of a wait is noticed at its end only."""
    for _ in range(600):
        if event.wait(0.1):
            break


def fail() -> None:
    """A hook that fails."""
    raise KeyError("broken hook")


def begin() -> None:
    """The hook that runs first."""
    begun.set()
    print("unflushed ", end="")  # nobody else flushes it before the end
    if what == "hang":
        msg("hanging")
        threading.Event().wait(60.0)


def serve() -> None:
    """Serve until the end."""
    with create_server(("", 0)) as server:
        server.no_command_loop = True
        if what == "serve":
            server.register_shutdown()
        server.add_cmd_method("ready", lambda args: msg("ready"))
        server.start()
        server.handle_cmd("ready")
        try:
            server.serve_forever()
        finally:
            msg(f"served done={server.done}")


add_shutdown_hook(lambda: msg("first hook"))
add_shutdown_hook(fail)
add_shutdown_hook(lambda: msg("third hook"))
add_shutdown_hook(begin)
try:
    if what.startswith("serve"):
        serve()
    else:
        msg("ready")
        wait_for(begun)
        if what != "end":
            wait_for(threading.Event())
finally:
    msg("finally")
