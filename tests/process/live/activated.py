"""A service: adopts the socket it is given, tells how it is, and can be restarted by a request.

Argument: the port to ask for; ``supervised`` after it: with a supervisor.
"""

import sys

from quick_htag import create_server, setup_restart

if "supervised" in sys.argv:
    setup_restart()
with create_server(("", int(sys.argv[1]))) as server:
    server.no_command_loop = True

    @server.text_post("/restart", 0)
    def restart(req, args):
        """Start again."""
        server.restart()
        return "soon"

    server.serve_forever()
