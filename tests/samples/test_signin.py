"""The sign-in: a provider of identities, its callback, and who the app greets afterwards."""

import secrets
from urllib.parse import parse_qs, urlsplit

import pytest

from quick_htag import PreventDefaultResponse, Response

CODES = {"good-code": "Ann"}


def redirect(req, target):
    """An answer that leads elsewhere."""
    req.send_header("Location", target)
    return Response("", 302)


def provider(server):
    """A provider at /provider, and what the application has for it below /auth."""

    @server.text_get("/provider", 0)
    def identify(req, args):
        return redirect(req, f"/auth/callback?code=good-code&state={args['query']['state']}")

    @server.text_get("/auth/start", 0)
    def start(req, args):
        req.session["state"] = secrets.token_urlsafe()
        return redirect(req, f"/provider?state={req.session['state']}")

    @server.text_get("/auth/callback", 0)
    def callback(req, args):
        query, state = args["query"], req.session.pop("state", None)
        if state is None or query.get("state") != state or query.get("code") not in CODES:
            raise PreventDefaultResponse(403, "this sign-in did not begin here")
        name = CODES[query["code"]]
        req.login(name)
        req.session["name"] = name
        return redirect(req, "/")

    @server.text_get("/auth/who", 0)
    def who(req, args):
        return req.user or "nobody"

    @server.text_get("/auth/out", 0)
    def out(req, args):
        req.logout()
        return redirect(req, "/")


def follow(visitor, path):
    """Go where the answers lead; the last one."""
    for _ in range(5):
        answer = visitor.get(path)
        if answer.status != 302:
            return answer
        path = answer.headers["location"]
    raise AssertionError("it leads in circles")


@pytest.fixture
def signin(sample):
    """The app with its provider."""
    return sample("signin", provider)


def cookies_of(visitor):
    """The values of a visitor's cookies."""
    jar = visitor._session.cookies if hasattr(visitor, "_session") else visitor.cookies
    return dict(jar.items())


def test_the_app_greets_who_signed_in(signin):
    """A stranger before, by name afterwards, a stranger again in the end."""
    visitor = signin.visitor()
    assert signin.page(visitor).find(".who").text == "a stranger"
    assert follow(visitor, "/auth/start").status == 200
    assert signin.page(visitor).find(".who").text == "Ann"
    follow(visitor, "/auth/out")
    assert signin.page(visitor).find(".who").text == "a stranger"


def test_the_id_before_the_login_is_worth_nothing(signin):
    """Whoever knew the cookie before is not signed in now."""
    visitor = signin.visitor()
    signin.page(visitor)
    before = cookies_of(visitor)
    follow(visitor, "/auth/start")
    assert cookies_of(visitor) != before
    stolen = {"Cookie": "; ".join(f"{name}={value}" for name, value in before.items())}
    assert signin.visitor().get("/auth/who", stolen).text == "nobody"
    assert visitor.get("/auth/who").text == "Ann"


def test_a_foreign_callback_is_refused(signin):
    """A link with a good code, but a state that was not given to this visitor."""
    visitor = signin.visitor()
    assert visitor.get("/auth/callback?code=good-code&state=x").status == 403
    started = visitor.get("/auth/start").headers["location"]
    state = parse_qs(urlsplit(started).query)["state"][0]
    assert signin.visitor().get(f"/auth/callback?code=good-code&state={state}").status == 403
    assert visitor.get(f"/auth/callback?code=bad&state={state}").status == 403


def test_the_cookie_is_out_of_reach(signin):
    """Of scripts, and of requests that other sites make."""
    cookie = signin.visitor().get("/auth/start").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
