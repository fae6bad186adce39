"""Called by a WSGI server: no port of its own.

gunicorn --threads 32 --chdir example/wsgi_app main:application
python example/wsgi_app/main.py [PORT]   (the server of Python's own library, to try it)
"""

from __future__ import annotations

import sys
from contextlib import suppress
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

import htag

from quick_htag import create_server, msg

PAGE = """<!doctype html><title>Called by WSGI</title><h1>Called by WSGI</h1>
<form method="post" action="size" enctype="multipart/form-data"><input type="file" name="file">
<button>How large?</button></form> <p><a href="counter/">A live app</a>"""
server = create_server(None)


@server.text_get("/", 0)
def page(req, args):
    req.send_header("Content-Type", "text/html; charset=utf-8", replace=True)
    return PAGE


@server.text_post("/size", 0)
def size(req, args):
    return f"{args['files']['file'].size} bytes"


class Counter(htag.Tag.App if hasattr(htag, "State") else htag.Tag.div):
    def init(self):
        self.count = 0
        self.label = htag.Tag.b("0")
        self += htag.Tag.button("one more", _onclick=self.more)
        self += self.label

    def more(self, event=None):
        self.count += 1
        self.label.clear(str(self.count))


server.bind_htag("/counter", Counter)
application = server.wsgi


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


if __name__ == "__main__":
    port = int([*sys.argv, 8080][1])
    with suppress(KeyboardInterrupt), make_server("localhost", port, application, Threads) as host:
        msg("open {0}", f"http://localhost:{host.server_port}/")
        host.serve_forever()
