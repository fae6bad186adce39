"""A program whose app writes a line for each event: serve_lines.py PORT STORE LINES."""

import sys
from pathlib import Path

import htag

from quick_htag import SQLiteStore, create_server

port, path, lines = sys.argv[1:]
major = 2 if hasattr(htag, "State") else 1
with Path(lines).open("a", buffering=1) as file:
    base = htag.Tag.App if major == 2 else htag.Tag.div

    class App(base):
        imports = ()

        def init(self):
            handler = self.write if major == 2 else self.bind.write(0)
            self += htag.Tag.button("write", _class="write", _onclick=handler)

        def write(self, told):
            file.write(f"{told.which if major == 2 else told}\n")

    with SQLiteStore(path) as store, create_server(("", int(port)), store=store) as server:
        server.bind_htag("/", App)
        server.suppress_noise = True
        server.no_command_loop = True
        print(server.url, flush=True)
        server.serve_forever()
