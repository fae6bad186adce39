"""Threads: blocking work on a plain thread, followed by the page.

python example/threads/main.py [PORT]
"""

import sys
import threading
import time

import htag
from htag import Tag

from quick_htag import changing, create_server, msg

STEP = 0.05  # seconds of work
Base = Tag.App if hasattr(htag, "State") else Tag.body  # htag 2, htag 1


class Work(Base):
    imports = ()

    def init(self):
        self.bar = Tag.progress(_max=100, _value=0)
        self.label = Tag.span("ready")
        self.card = Tag.div([self.bar, self.label])
        self += self.card
        self += Tag.button("start", _class="start", _onclick=self.start)

    def start(self, *_):
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        for percent in range(1, 101):
            time.sleep(STEP)
            with changing(self.card) as alive:  # both change at once, then the page is told
                if not alive:
                    return  # the visitor has gone
                self.bar["value"] = percent
                self.label.clear(f"{percent} %")


def add_apps(server):
    server.bind_htag("/", Work)


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_apps(server)
        msg("open {0}", server.url)
        server.serve_forever()
