"""One web server of the cluster: any number of them are one site.

python example/cluster/app.py [HOST:]PORT REDIS_URL [DASK_SCHEDULER]

Sessions, what apps show, tokens, results of jobs and topics are in Redis; jobs run in Dask, whose
scheduler is named by its address or its file. TRUSTED_PROXIES in the environment names addresses.
"""

import os
import sys

import htag
from htag import Tag
from primes import count_primes

from quick_htag import RedisStore, Settings, create_server, gui, msg

HTAG2 = hasattr(htag, "State")
SETTINGS = Settings(session_cookie="visit", shutdown_timeout=5.0)  # a name, since ports differ


class Board(Tag.App if HTAG2 else Tag.body):
    imports = ()

    def init(self):
        if HTAG2:
            self.kept = htag.States(clicks=0)  # bind_htag(persist=True) keeps it in Redis
        self.clicks = Tag.b(str(self.count(0)), _class="clicks")
        self.news = Tag.ul()
        self.bar = gui.JobBar(lambda found: self.heard(f"{found} primes below a million"))
        self += Tag.p(["clicks of yours: ", self.clicks])
        self += Tag.button("click", _class="more", _onclick=self.more)
        self += Tag.button("say hello", _class="hello", _onclick=self.hello)
        self += Tag.button("count primes", _class="primes", _onclick=self.primes)
        self += self.bar.tag
        self += self.news
        gui.subscribe("news", self.heard)

    def count(self, step):
        values = self.kept if HTAG2 else self.state
        clicks = (values.clicks if HTAG2 else values.get("clicks", 0)) + step
        if HTAG2:
            values.clicks = clicks
        else:
            values["clicks"] = clicks
        return clicks

    def more(self, *_):
        self.clicks.clear(str(self.count(1)))

    def hello(self, *_):
        gui.publish("news", f"a visitor with {self.count(0)} clicks says hello")

    def primes(self, *_):
        self.bar.start(count_primes, 1_000_000)

    def heard(self, text):  # from any server
        self.news += Tag.li(gui.text(text))


def add_routes(server):
    server.bind_htag("/", Board, persist=True)
    server.json_worker("/primes")(count_primes)
    server.health = "/healthz"
    server.trusted_proxies = os.environ.get("TRUSTED_PROXIES", "127.0.0.1").split()

    @server.json_get("/where", 0)
    def where(req, args):
        return {"port": server.server_port}


def dask_executor(scheduler):
    from distributed import Client

    where = {"address": scheduler} if "://" in scheduler else {"scheduler_file": scheduler}
    return Client(**where, timeout=60).get_executor()


if __name__ == "__main__":
    address, url, scheduler = [*sys.argv[1:], ""][:3]
    host, _, port = address.rpartition(":")
    executor = dask_executor(scheduler) if scheduler else None
    with RedisStore(url) as store:
        options = {"store": store, "settings": SETTINGS, "executor": executor}
        with create_server((host, int(port)), **options) as server:
            add_routes(server)
            msg("open {0}", server.url)
            server.serve_forever()
