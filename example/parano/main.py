"""A diary whose page and app talk in secret: look at the messages in the browser's network tools.

python example/parano/main.py [PORT]
"""

import sys

import htag
from htag import Tag

from quick_htag import create_server, msg

HTAG2 = hasattr(htag, "State")


class Diary(Tag.App if HTAG2 else Tag.body):
    imports = ()

    def init(self):
        write = self.write if HTAG2 else self.bind.write(b"this.value")
        self.entries = Tag.ul()
        self += Tag.input(_onchange=write, _placeholder="dear diary", _autofocus=True)
        self += self.entries

    def write(self, given):
        self.entries += Tag.li(given.value if HTAG2 else given)


def bind(server):
    server.bind_htag("/", Diary, parano=True)


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        bind(server)
        msg("open {0}", server.url)
        server.serve_forever()
