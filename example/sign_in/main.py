"""Sign-in at an OpenID provider: pages, endpoints and live apps for users only.

OPENID_ISSUER=https://... OPENID_CLIENT=... OPENID_SECRET=... python example/sign_in/main.py [PORT]
The provider must know http://127.0.0.1:PORT/sign-in/done as the address to come back to. With
OPENID_BY=authlib the sign-in is done by that library, which checks the signature as well.
"""

import os
import sys

import htag
from htag import Tag
from sign_in import add_sign_in

from quick_htag import create_server, msg
from quick_htag.gui import text


class Notes(Tag.App if hasattr(htag, "State") else Tag.body):  # htag 2, htag 1
    imports = ()

    def init(self):
        self.who = Tag.h1("Hello")
        self += self.who
        self += Tag.form(Tag.button("sign out"), _method="post", _action="/sign-out")

    def greet(self, req):  # on_instance: a new app, and the request of its page
        self.who.clear(text(f"Hello {req.session['user']['name']}"))


def add_routes(server, provider):
    add_sign_in(server, provider)
    server.json_get("/api/me", 0)(lambda req, args: req.session["user"])
    server.bind_htag("/", Notes, on_instance=Notes.greet)


def find_provider(redirect_uri):
    if os.environ.get("OPENID_BY") == "authlib":
        from openid_authlib import OpenID
    else:
        from openid import OpenID
    named = [os.environ.get(f"OPENID_{name}") for name in ("ISSUER", "CLIENT", "SECRET")]
    if not all(named):
        sys.exit("set OPENID_ISSUER, OPENID_CLIENT and OPENID_SECRET first, see docs/sign_in.rst")
    return OpenID(*named, redirect_uri)


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        add_routes(server, find_provider(f"{server.url}sign-in/done"))
        msg("open {0}", server.url)
        server.serve_forever()
