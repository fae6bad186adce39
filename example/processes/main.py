"""Processes: each visitor has one, so that nothing an app does can harm another.

python example/processes/main.py [PORT]
"""

import os
import sys

import htag
from htag import Tag

from quick_htag import Settings, create_server, msg

LIMIT = 3.0  # seconds a handler may take
Base = Tag.App if hasattr(htag, "State") else Tag.body  # htag 2, htag 1


class Own(Base):
    imports = ()

    def init(self):
        self.clicks = 0
        self.label = Tag.p(f"I am process {os.getpid()}", _class="label")
        self += self.label
        self += Tag.button("count", _class="count", _onclick=self.count)
        self += Tag.button("never end", _class="spin", _onclick=self.spin)
        self += Tag.button("crash", _class="crash", _onclick=self.crash)

    def count(self, *_):
        self.clicks += 1
        self.label.clear(f"process {os.getpid()}: {self.clicks} clicks")

    def spin(self, *_):
        while True:  # ended after LIMIT, with the process
            pass

    def crash(self, *_):
        os._exit(1)  # as a broken C library would


def add_apps(server):
    server.bind_htag("/", Own, isolation="process", timeout_interaction=LIMIT)


if __name__ == "__main__":  # processes load this file, and must not do this
    settings = Settings(process_memory=512 * 1024 * 1024)
    with create_server(("", int([*sys.argv, 8080][1])), settings=settings) as server:
        add_apps(server)
        msg("open {0}", server.url)
        server.serve_forever()
