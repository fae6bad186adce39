"""A program that is started again when its file changes; its argument says how it asks for that."""

import sys

from quick_htag import create_server, setup_reload

if sys.argv[1] == "first":
    setup_reload()
print("begins", flush=True)
with create_server(("", 0)) as server:
    server.no_command_loop = True

    @server.text_get("/word", 0)
    def word(req, args):
        """What the tests change."""
        return "one"

    print(f"serves {server.server_port} ", flush=True)
    server.serve_forever(reload=sys.argv[1] == "late")
