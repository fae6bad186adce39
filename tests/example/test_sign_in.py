"""The example of a sign-in, against a real provider over TLS, by itself and by authlib."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from quick_htag.testing import GuiPage, PageClosed, TestClient
from tests.openid_provider import CLIENT, SECRET, Provider

MODULES = ("main", "openid", "openid_authlib", "sign_in")
HTML = {"Accept": "text/html"}
LIMIT = 30.0  # seconds

pytest.importorskip("htag", exc_type=ImportError)


@pytest.fixture
def provider(
    start_server: Callable[..., Any], authority: Any, monkeypatch: pytest.MonkeyPatch
) -> Provider:
    """A provider whose certificate the example trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", authority.root)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.root)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = start_server(certfile=authority.certfile, keyfile=authority.keyfile)
    return Provider(server)


@pytest.fixture
def modules(example: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The modules of the example can be imported."""
    monkeypatch.syspath_prepend(str(example / "sign_in"))
    yield
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(params=["openid", "openid_authlib"])
def site(request: Any, modules: None, provider: Provider, start_server: Callable[..., Any]) -> Any:
    """The example, running; known to the provider."""
    server = start_server()
    back = f"{server.url}sign-in/done"
    provider.redirect_uris.append(back)
    client = importlib.import_module(request.param).OpenID(provider.issuer, CLIENT, SECRET, back)
    importlib.import_module("main").add_routes(server, client)
    return server


@pytest.fixture
def visitor() -> Iterator[requests.Session]:
    """One who has not signed in."""
    with _browser() as visitor:
        yield visitor


def _browser() -> requests.Session:
    """As far as it matters."""
    visitor = requests.Session()
    visitor.headers.update(HTML)
    return visitor


def _get(visitor: requests.Session, url: str, **options: Any) -> requests.Response:
    return visitor.get(url, timeout=LIMIT, **options)


def _returned(visitor: requests.Session, site: Any, path: str = "") -> str:
    """Go to the provider and to the door again, but not in: the address the browser is sent to."""
    answer = _get(visitor, site.url + path, allow_redirects=False)
    while not (address := answer.headers["location"]).startswith(f"{site.url}sign-in/done"):
        url = address if "://" in address else site.url.rstrip("/") + address
        answer = _get(visitor, url, allow_redirects=False)
    return address


def test_who_signs_in_is_let_in(site: Any, visitor: requests.Session) -> None:
    """To where he wanted, and page and endpoint know him; his name is no HTML."""
    me = _get(visitor, f"{site.url}api/me?x=1")
    assert (me.url, me.json()) == (f"{site.url}api/me?x=1", {"id": "u-1", "name": "Ann <b>"})
    page = _get(visitor, site.url).text
    assert "Hello Ann &lt;b&gt;" in page
    out = visitor.post(f"{site.url}sign-out", timeout=LIMIT)
    assert out.text == "signed out"
    assert _get(visitor, site.url, allow_redirects=False).status_code == 303


def test_a_live_page_follows_its_user(site: Any, visitor: requests.Session) -> None:
    """Its connection passes the same guard, and the sign-out ends it."""
    _get(visitor, site.url)
    client = TestClient(site.app, host=urlsplit(site.url).netloc)
    client.cookies.update(visitor.cookies.get_dict())
    with GuiPage(client) as page:
        assert page.find("h1").text == "Hello Ann <b>"
        page.drop()
        client.post("/sign-out")
        with pytest.raises(PageClosed, match="4001"):
            page.connect()


def test_a_planted_session_is_worth_nothing(site: Any, visitor: requests.Session) -> None:
    """Who knows the cookie from before the sign-in is not let in by it."""
    _get(visitor, f"{site.url}sign-in", allow_redirects=False)
    planted = visitor.cookies.get_dict()
    _get(visitor, site.url)
    assert visitor.cookies.get_dict() != planted
    thief = requests.get(f"{site.url}api/me", cookies=planted, timeout=LIMIT)
    assert thief.status_code == 401


def test_programs_are_told_and_not_redirected(site: Any) -> None:
    """An endpoint answers 401 to who is nobody; a page that connects is told that it is over."""
    assert requests.get(f"{site.url}api/me", timeout=LIMIT).status_code == 401
    socket = TestClient(site.app, host=urlsplit(site.url).netloc).websocket("/ws?page=x&seen=0")
    with pytest.raises(PageClosed, match="4001"):
        socket.receive(LIMIT)


def test_nobody_is_led_elsewhere(site: Any, visitor: requests.Session) -> None:
    """Another site, in whatever spelling, is not where a sign-in leads to."""
    for address in ("//evil.example/", "/\\evil.example", "https://evil.example/", "/x\r\nA: b"):
        begun = _get(visitor, f"{site.url}sign-in", params={"next": address}, allow_redirects=False)
        done = _get(visitor, begun.headers["location"], allow_redirects=False)
        answer = _get(visitor, done.headers["location"], allow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_several_tabs_may_sign_in_at_once(site: Any, visitor: requests.Session) -> None:
    """As when a browser opens all its tabs again; each gets where it wanted."""
    first, second = _returned(visitor, site, "api/me?1"), _returned(visitor, site, "api/me?2")
    assert _get(visitor, first).url == f"{site.url}api/me?1"
    assert _get(visitor, second).url == f"{site.url}api/me?2"


def _with(address: str, **changed: str) -> str:
    """An address with another query."""
    head, _, query = address.partition("?")
    return (
        requests.Request("GET", head, params={**dict(parse_qsl(query)), **changed}).prepare().url
        or ""
    )


def test_an_answer_is_taken_once(site: Any, visitor: requests.Session) -> None:
    """Its code and its state are worth nothing afterwards, for nobody."""
    address = _returned(visitor, site)
    assert _get(visitor, address).status_code == 200
    with _browser() as other:
        assert _get(other, address).status_code == 400
        fresh = dict(parse_qsl(urlsplit(_returned(other, site)).query))["state"]
        assert _get(other, _with(address, state=fresh)).status_code == 403


def test_an_answer_for_another_browser_is_refused(site: Any, visitor: requests.Session) -> None:
    """Nobody is signed in as somebody else by a link he follows."""
    address = _returned(visitor, site)
    with _browser() as victim:
        assert _get(victim, address).status_code == 400
        assert _get(victim, f"{site.url}api/me", headers={"Accept": "*/*"}).status_code == 401


def test_a_forged_answer_is_refused(site: Any, visitor: requests.Session) -> None:
    """And signs nobody in."""
    for changed in ({"state": "x"}, {"code": "x"}, {"error": "access_denied"}):
        answer = _get(visitor, _with(_returned(visitor, site), **changed))
        assert answer.status_code in (400, 403)
    assert _get(visitor, f"{site.url}api/me", headers={"Accept": "*/*"}).status_code == 401


def test_a_token_that_does_not_fit_is_refused(site: Any, provider: Provider) -> None:
    """Of another issuer, for somebody else, of another sign-in, too old, or about nobody."""
    issuer, audience = {"iss": "https://evil.example"}, {"aud": "somebody else"}
    for claims in (issuer, audience, {"nonce": "another"}, {"exp": 1}, {"sub": None}):
        provider.claims = claims
        with _browser() as visitor:
            assert _get(visitor, site.url).status_code == 403, claims


@pytest.mark.parametrize("site", ["openid_authlib"], indirect=True)
def test_authlib_checks_the_signature(
    site: Any, provider: Provider, visitor: requests.Session
) -> None:
    """A token that another key has signed is refused."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    provider.key = rsa.generate_private_key(65537, 2048)
    assert _get(visitor, site.url).status_code == 403


@pytest.mark.parametrize("site", ["openid"], indirect=True)
def test_an_answer_of_another_provider_is_refused(site: Any, visitor: requests.Session) -> None:
    """Two providers are not taken for each other (RFC 9207)."""
    address = _returned(visitor, site)
    assert _get(visitor, _with(address, iss="https://evil.example")).status_code == 403


def test_a_provider_without_tls_is_refused(modules: None) -> None:
    """The standard library checks no signature, so who answers must be certain."""
    openid = importlib.import_module("openid")
    with pytest.raises(ValueError, match="not https"):
        openid.OpenID("http://192.0.2.1", CLIENT, SECRET, "")


def test_the_program_runs(
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    run_example: Callable[[str], tuple[str, subprocess.Popen[str]]],
) -> None:
    """Started from a terminal it sends its visitors to the provider it was told of."""
    for name, value in (("ISSUER", provider.issuer), ("CLIENT", CLIENT), ("SECRET", SECRET)):
        monkeypatch.setenv(f"OPENID_{name}", value)
    url, process = run_example("sign_in")
    answer = requests.get(f"{url}sign-in", timeout=LIMIT, allow_redirects=False)
    assert answer.headers["location"].startswith(f"{provider.issuer}/authorize?")
    process.communicate("quit\n", timeout=LIMIT)
    assert process.returncode == 0
