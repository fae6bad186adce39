"""Pages that outlive the server: write a note, kill it in any way, and start it again.

python example/persist/main.py [PORT [FILE]]

The page comes back by itself, with all notes and with what is written in the field.
"""

import sys

import htag

from quick_htag import SQLiteStore, create_server, msg

if hasattr(htag, "State"):
    from notes_htag2 import Notes
else:
    from notes_htag1 import Notes


def add_apps(server):
    server.bind_htag("/", Notes, persist=True)


if __name__ == "__main__":
    port, path = [*sys.argv[1:], *("8080", "notes.db")[len(sys.argv) - 1 :]][:2]
    with SQLiteStore(path) as store, create_server(("", int(port)), store=store) as server:
        add_apps(server)
        msg("open {0}", server.url)
        server.serve_forever()
