"""Restarts once; each process starts a child that says which sockets and variables it got."""

import subprocess
import sys

from quick_htag import create_server, has_been_restarted, msg, setup_restart

CHILD = """
import os, stat
fds = [int(name) for name in os.listdir("/dev/fd")]
def is_socket(fd):
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False
print("child has", [fd for fd in fds if fd > 2 and is_socket(fd)],
      [name for name in os.environ if "SOCKETS" in name or name.startswith("LISTEN")], flush=True)
"""

if sys.argv[1] == "supervised":
    setup_restart()
with create_server(("", 0)) as server:
    server.no_command_loop = True
    server.start()
    subprocess.run([sys.executable, "-c", CHILD], close_fds=False, check=True)
    if has_been_restarted():
        msg("again")
    else:
        server.handle_cmd("restart")
        server.serve_forever()
        subprocess.run([sys.executable, "-c", CHILD], close_fds=False, check=True)
