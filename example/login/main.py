"""A login: a form, a page of one's own, and "out everywhere". The user is ann, butterfly.

python example/login/main.py [PORT]
"""

from __future__ import annotations

import hashlib
import html
import secrets
import sys
from pathlib import Path

from quick_htag import Response, create_server, msg

SALT = secrets.token_bytes(16)  # each user has one of his own, in a real table of users
COST = {"n": 2**14, "r": 8, "p": 1}
USERS = {"ann": hashlib.scrypt(b"butterfly", salt=SALT, **COST)}


def add_routes(server):
    def home(req):
        req.send_header("Location", "/")
        return Response("", 303)

    @server.text_get("/", 0)
    def show(req, args):
        page = Path(__file__).with_name("notes.html" if req.user else "form.html").read_text()
        note = html.escape(req.session.get("note", ""))
        page = page.format(user=html.escape(req.user or ""), note=note)
        return Response(page, ctype="text/html; charset=utf-8")

    @server.text_post("/login", 0)
    def login(req, args):
        name, password = args["post"]["name"], args["post"]["password"].encode()
        given = hashlib.scrypt(password, salt=SALT, **COST)
        if not secrets.compare_digest(given, USERS.get(name, b"")):
            return Response("no such user, or another password", 403)
        req.login(name)  # with a new cookie, so the one from before is worth nothing
        return home(req)

    @server.text_post("/do", 0)
    def do(req, args):
        if req.user is None or req.is_cross_origin():
            return Response("who are you?", 403)
        if "note" in args["post"]:
            req.session["note"] = args["post"]["note"][:200]
        elif args["post"]["out"] == "here":
            req.logout()
        else:
            server.logout_everywhere(req.user)
        return home(req)


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_routes(server)
        msg("open {0}", server.url)
        server.serve_forever()
