"""A topic: what anybody sends, by the page or with curl, every open page shows at once.

python example/topics/main.py [PORT [REDIS_URL]]

With the address of a Redis, servers on several ports or machines share their topics:
``pip install 'quick_htag[redis]'``. Without a page:
curl -H 'Content-Type: application/json' -d '{"text": "lunch"}' http://localhost:8080/say
"""

import sys

import htag
from htag import Tag

from quick_htag import RedisStore, create_server, gui, msg

Base = Tag.App if hasattr(htag, "State") else Tag.body  # htag 2, htag 1


class Board(Base):
    imports = ()

    def init(self):
        self.news = Tag.ul()
        self += Tag.h1("Board")
        for word in ("coffee", "lunch", "home"):
            self += Tag.button(word, _onclick=lambda *_, word=word: gui.publish("board", word))
        self += self.news
        gui.subscribe("board", self.heard)  # until this page is gone

    def heard(self, text):  # called as a handler of an event: pages follow
        self.news += Tag.li(gui.text(text))


def add_routes(server):
    server.bind_htag("/", Board)

    @server.json_post("/say", 0)
    def say(req, args):
        server.publish("board", str(args["post"].get("text", "")))
        return {}

    @server.on_topic("board")
    def note(text):  # on a thread of its own, so it may be slow
        msg("somebody said {0}", text)


if __name__ == "__main__":
    port, redis = [*sys.argv[1:], *["8080", ""][len(sys.argv) - 1 :]][:2]
    with create_server(("", int(port)), store=RedisStore(redis) if redis else None) as server:
        add_routes(server)
        msg("open {0}", server.url)
        server.serve_forever()
