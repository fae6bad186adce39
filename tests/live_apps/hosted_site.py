"""A site that any host can run; ``python hosted_site.py`` serves it itself."""

import os
import sys
import threading
import time
from pathlib import Path

import htag

from quick_htag import Response, Settings, create_server

HTAG2 = hasattr(htag, "State")
FILES = Path(__file__).resolve().parents[2] / "js"
LIMIT = 300_000


class App(htag.Tag.App if HTAG2 else htag.Tag.div):
    """Counts, blocks, pushes on its own, and shows its process and its query."""

    imports = ()

    def init(self):
        self.clicks = 0
        self.count = htag.Tag.b("0", _class="count")
        self.told = htag.Tag.i("", _class="told")
        names = ("more", "slow", "push", "where", "note", "boom", "reader")
        for name in names:
            self += htag.Tag.button(name, _class=name, _onclick=getattr(self, f"do_{name}"))
        self += [self.count, self.told]

    def tell(self, text):
        self.told.clear(str(text))

    def do_more(self, event=None):
        self.clicks += 1
        self.count.clear(str(self.clicks))

    def do_slow(self, event=None):
        time.sleep(0.1)
        self.do_more()

    def do_push(self, event=None):
        threading.Timer(0.1, self._push).start()

    def _push(self):
        self.tell("pushed")
        self.told.update()

    def do_where(self, event=None):
        self.tell(f"process {os.getpid()}")

    def do_note(self, event=None):
        session = self._visitor_session()
        session["noted"] = session.get("noted", 0) + 1
        self.tell(f"noted {session['noted']}")

    def do_reader(self, event=None):
        self.tell(f"user {self._visitor_session().get('user')}")

    def _visitor_session(self):
        return self.request.session if HTAG2 else self.session

    def do_boom(self, event=None):
        raise RuntimeError("this app fails")


def furnish(server, **options):
    """Give a server what the tests ask for."""
    server.bind_path("/files/", str(FILES))
    server.bind_htag("/app", App, **options)

    @server.json_get("/who")
    def who(req, args):
        mounted = dict(req.session) if "quick_htag.host_session" in req.meta else None
        return {
            "client": req.client_address[0],
            "url": req.url,
            "query": args["query"],
            "pid": os.getpid(),
            "thread": threading.current_thread().name,
            "host_session": mounted,
        }

    @server.json_get("/at/:name")
    def at(req, args):
        return args["segments"]["name"]

    @server.json_post("/sum")
    def add(req, args):
        return sum(args["post"]["numbers"])

    @server.text_post("/upload")
    def upload(req, args):
        file = args["files"]["file"]
        return f"{file.filename} {file.size} {file.sha256}"

    @server.text_post("/small")
    def small(req, args):
        return str(req.body.length)

    @server.json_get("/count")
    def count(req, args):
        with req.session as session:
            session["count"] = session.get("count", 0) + 1
        return session["count"]

    waiting, released = threading.Event(), threading.Event()

    @server.json_get("/wait")
    def wait(req, args):
        waiting.set()
        return released.wait(60)

    @server.json_get("/release")
    def release(req, args):
        found = waiting.wait(60)
        released.set()
        return found

    @server.text_get("/stream")
    def stream(req, args):
        def pieces():
            for number in range(5):
                yield f"piece {number}\n".encode() * 2000

        return Response(pieces())

    @server.text_get("/fails")
    def fails(req, args):
        raise RuntimeError("a secret of the server")

    left = []

    @server.sse("/events")
    def events(req, args):
        try:
            number = 0
            while not args["gone"].is_set():
                yield f"event {number}"
                number += 1
                args["gone"].wait(0.02)
        finally:
            left.append(True)

    @server.json_get("/left")
    def has_left(req, args):
        return len(left)

    @server.websocket("/echo", subprotocols=["loud"], max_message=LIMIT)
    def echo(ws):
        for message in ws:
            if message == "bye":
                ws.close(4321, "as you wish")
                break
            ws.send(message.upper() if isinstance(message, str) else message[::-1])

    @server.json_worker("/work")
    def work(args):
        return sum(range(args["upto"]))

    return server


def make(**options):
    """A server without an address."""
    kept = {name: options.pop(name) for name in ("store",) if name in options}
    return furnish(create_server(None, settings=Settings(), **kept), **options)


def __getattr__(name):
    """What the hosts are told to call, made when they ask for it."""
    if name in ("application", "asgi"):
        server = make()
        return server.wsgi if name == "application" else server.asgi
    if name == "mounted":
        return _mounted()
    raise AttributeError(name)


def _mounted():
    from fastapi import FastAPI, Request
    from starlette.middleware.sessions import SessionMiddleware

    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key="for the tests")

    @app.get("/login/{name}")
    async def login(name: str, request: Request):
        request.session["user"] = name
        return name

    @app.get("/session")
    async def session(request: Request):
        return dict(request.session)

    import hosted_site  # under its name, by which a process of an app finds it

    server = make()
    server.bind_htag("/apart", hosted_site.App, isolation="process")
    app.mount("/htag", server.asgi)
    return app


if __name__ == "__main__":
    import hosted_site  # under its name, by which a process of an app finds it

    with create_server(("127.0.0.1", 0)) as own:
        hosted_site.furnish(own, isolation=[*sys.argv, "thread"][1])
        own.no_command_loop = True
        print(own.url, flush=True, file=sys.stderr)
        own.serve_forever()
