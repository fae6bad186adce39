"""Commands of your own at the prompt, with completion, and as a service without a prompt.

python example/commands/main.py [PORT]

Type help; "user add ann", "user remove <TAB>", "users", "quit". With </dev/null it is a service.
"""

from __future__ import annotations

import sys
import threading

from quick_htag import create_server, msg

USERS: dict[str, int] = {"ann": 0, "bob": 0}
LOCK = threading.Lock()  # commands and requests are on different threads


def add_commands(server):
    @server.cmd(argc=0)
    def users(args):
        for name, greetings in sorted(USERS.items()):
            msg("{0}: {1} greetings", name, greetings)

    @server.cmd(argc=1)
    def user_add(args):  # an underscore is a space at the prompt
        with LOCK:
            USERS.setdefault(args[0], 0)
        msg("added {0}", args[0])

    def known_users(args, text):
        """Words for the Tab key: args are finished, text is being typed."""
        return [] if args else [name for name in USERS if name.startswith(text)]

    @server.cmd(argc=1, complete=known_users)
    def user_remove(args):
        with LOCK:
            gone = USERS.pop(args[0], None) is None
        msg("{0} is not known" if gone else "removed {0}", args[0])

    @server.json_get("/greet/:name", 0)
    def greet(req, args):
        name = args["segments"]["name"]
        with LOCK:
            if name not in USERS:
                return None
            USERS[name] += 1
            return {"hello": name, "greetings": USERS[name]}


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_commands(server)
        msg("try {0}greet/ann, and type help", server.url)
        server.serve_forever()
