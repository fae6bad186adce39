"""The addresses of a sign-in, and the guard in front of all others."""

import re
from urllib.parse import urlencode

from quick_htag import Response, msg

OPEN = ("/sign-in", "/sign-in/done", "/signed-out")  # for everybody


def local(address):
    """The address if it is one of this server; "//x" and "/\\x" are other ones to a browser."""
    return address if re.fullmatch(r"/(?![/\\])[!-~]*", address or "") else "/"


def redirect(req, address):
    req.send_header("Location", address)
    return Response("", 303)


def add_sign_in(server, provider):
    @server.before
    def users_only(req):
        if req.user is not None or req.plain_path in OPEN:
            return None
        if req.method == "GET" and "text/html" in req.headers.get("accept", ""):
            return redirect(req, f"/sign-in?{urlencode({'next': req.target})}")
        return Response("sign in first", 401)

    @server.text_get("/sign-in", 0)
    def begin(req, args):
        address, kept = provider.begin()
        started = req.session.get("sign_in", {})  # by state, since several tabs may be at it
        started[kept["state"]] = [kept, local(args["query"].get("next"))]
        req.session["sign_in"] = dict(list(started.items())[-8:])
        return redirect(req, address)

    @server.text_get("/sign-in/done", 0)
    def done(req, args):
        query = args["query"]
        kept, address = req.session.get("sign_in", {}).pop(query.get("state"), (None, "/"))
        if kept is None or "error" in query:
            return redirect(req, "/") if req.user else Response("sign in again", 400)
        try:
            claims = provider.finish(query, kept)
        except (ValueError, LookupError, TypeError, OSError) as error:
            msg("a sign-in has failed: {0!r}", error)
            return Response("the sign-in has failed", 403)
        req.session["user"] = {"id": claims["sub"], "name": claims.get("name", "you")}
        req.login(claims["sub"])  # with a new cookie: one planted before is worth nothing
        return redirect(req, address)

    @server.text_post("/sign-out", 0)
    def out(req, args):
        if not req.is_cross_origin():
            req.logout()
        return redirect(req, "/signed-out")

    server.text_get("/signed-out", 0)(lambda req, args: "signed out")
