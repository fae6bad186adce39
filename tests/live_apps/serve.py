"""A program as a user writes it: serves the live app, with a prompt."""

import sys

import htag

from quick_htag import create_server

with create_server(("", 0)) as server:
    server.bind_htag("/", "app_htag2:App" if hasattr(htag, "State") else "app_htag1:App")
    server.suppress_noise = True
    print(server.url, flush=True, file=sys.stderr)
    server.serve_forever()
