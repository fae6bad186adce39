"""A server with an endpoint and an app, and a prompt on a terminal: ``waiting.py FOLDER APP``."""

import sys

from quick_htag import create_server

sys.path.insert(0, sys.argv[1])
with create_server(("127.0.0.1", 0)) as server:
    server.history_file = ""
    server.bind_htag("/", sys.argv[2])
    server.suppress_noise = True
    print(f"serves {server.server_address[1]} ", flush=True)
    server.serve_forever()
