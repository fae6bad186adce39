"""Two servers at one address: a front and a shop.

python example/proxy/main.py [PORT]

``front`` answers on the port and passes on what is below /shop/. What it can answer
itself comes first. The shop trusts it, so it knows who asks and under which name.
"""

from __future__ import annotations

import sys

from quick_htag import create_server, msg

PAGE = """<!doctype html><title>Behind one address</title>
<h1>Behind one address</h1>
<p><a href="shop/apples">Apples</a>, from a server of its own, and <a href="shop/">all of it</a>.
"""
STOCK = {"apples": 3, "pears": 5}


def add_shop(shop):
    shop.trusted_proxies = ["127.0.0.1"]

    @shop.json_get("/stock/", 0)
    def everything(req, args):
        return {"stock": STOCK, "asked_at": req.url}

    @shop.json_get("/stock/:name", 0)
    def one(req, args):
        return {"left": STOCK.get(args["segments"]["name"], 0), "asked_by": req.client_address[0]}


def add_front(front, shop):
    front.bind_proxy("/shop/", f"{shop.url}stock")

    @front.text_get("/shop/closed", 0)
    def closed(req, args):
        return "a route of the front comes first"

    @front.text_get("/", 0)
    def page(req, args):
        req.send_header("Content-Type", "text/html; charset=utf-8", replace=True)
        return PAGE


if __name__ == "__main__":
    port = int([*sys.argv, 8080][1])
    with create_server(("", port)) as front, create_server(("", 0)) as shop:
        add_shop(shop)
        add_front(front, shop)
        shop.start()
        msg("open {0}", front.url)
        front.serve_forever()
