"""Two visitors at the same time: not one byte of one reaches the other."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import DiskCache, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from quick_htag import QuickServer

    Serve = Callable[..., QuickServer]

TIMEOUT = 20.0  # seconds
ROUNDS = 12


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> Iterator[QuickServer]:
    """Endpoints, jobs and files that know who asks."""
    server = serve(settings=Settings(session_cookie="s", upload_memory=10, body_memory=10))
    cache = server.cache = DiskCache(tmp_path / "cache")

    @server.json_post("/begin", 0)
    def begin(req: Any, args: Any) -> Any:
        req.session["secret"] = args["post"]["secret"]
        return {}

    @server.json_get("/secret", 0)
    def secret(req: Any, args: Any) -> Any:
        return req.session.get("secret")

    @server.text_post("/upload", 0)
    def upload(req: Any, args: Any) -> Any:
        return args["files"]["file"].read()

    @server.json_worker("/job")
    def job(args: Any) -> Any:
        return args["secret"] * 40

    server.max_chunk_size = 50
    yield server
    cache.close()


class Visitor:
    """One with a secret."""

    def __init__(self, server: Any, secret: str) -> None:
        self.secret = secret
        self.url = server.url
        self.http = requests.Session()
        self.post("begin", json={"secret": secret}).raise_for_status()

    def get(self, path: str, **options: Any) -> requests.Response:
        """Ask."""
        return self.http.get(self.url + path, timeout=TIMEOUT, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        """Ask."""
        return self.http.post(self.url + path, timeout=TIMEOUT, **options)


def together(*parts: Callable[[], None]) -> None:
    """Run these at the same time; the first failure is raised."""
    failures: list[BaseException] = []

    def run(part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.fixture
def pair(server: Any) -> tuple[Visitor, Visitor]:
    """Ann and Bob."""
    return Visitor(server, "A" * 50), Visitor(server, "B" * 50)


def test_sessions_of_requests_that_take_turns(pair: Any) -> None:
    """On connections that stay open, beside each other."""

    def ask(visitor: Visitor) -> None:
        for _ in range(ROUNDS):
            assert visitor.get("secret").json() == visitor.secret

    together(*(lambda one=one: ask(one) for one in pair))


def test_uploads_that_take_turns(pair: Any) -> None:
    """Also those that lie on disk."""

    def ask(visitor: Visitor) -> None:
        for size in range(1, 4000, 4000 // ROUNDS):
            content = visitor.secret[0].encode() * size
            assert visitor.post("upload", files={"file": content}).content == content

    together(*(lambda one=one: ask(one) for one in pair))


def test_a_tag_of_an_answer_tells_nothing(pair: Any) -> None:
    """Who has the tag of another one's answer gets his own, not 304; caches ask each time."""
    ann, bob = pair
    answer = ann.get("secret")
    tag = answer.headers["etag"]
    assert answer.headers["cache-control"] == "private, max-age=0"
    other = bob.get("secret", headers={"If-None-Match": tag})
    assert (other.status_code, other.json()) == (200, bob.secret)


def test_a_job_and_its_pieces_are_its_visitors(pair: Any) -> None:
    """Neither result nor pieces, nor its end, is for who knows the name."""
    ann, bob = pair
    started = ann.post("job", json={"action": "start", "payload": {"secret": ann.secret}}).json()
    while started["continue"] and not isinstance(started["result"], list):
        started = ann.post("job", json={"action": "get", "token": started["token"]}).json()
    pieces = started["result"]
    assert len(pieces) > 1
    for action, token in [
        ("get", started["token"]),
        ("stop", started["token"]),
        ("cargo", pieces[0]),
    ]:
        for stranger in (bob.post, requests.post):
            path = "job" if stranger == bob.post else f"{ann.url}job"
            told = stranger(path, json={"action": action, "token": token})
            assert "AAAA" not in told.text
    found = [
        ann.post("job", json={"action": "cargo", "token": one}).json()["result"] for one in pieces
    ]
    assert "".join(found) == json.dumps(ann.secret * 40)


def test_events_of_a_job_are_its_visitors(pair: Any, server: Any) -> None:
    """The stream is 404 for others."""
    ann, bob = pair
    gate = threading.Event()
    server.json_worker("/slow")(lambda args: gate.wait(TIMEOUT))
    token = ann.post("slow", json={"action": "start", "payload": {}}).json()["token"]
    try:
        assert bob.get(f"slow?token={token}").status_code == 404
        assert requests.get(f"{ann.url}slow?token={token}", timeout=TIMEOUT).status_code == 404
    finally:
        gate.set()


def test_the_cache_keeps_nothing_of_a_session(pair: Any, server: Any) -> None:
    """Two who ask the same get what each of them has."""

    @server.json_get("/cached", 0, cache=True)
    def cached(req: Any, args: Any) -> Any:
        return req.session.get("secret")

    for _ in range(2):
        for visitor in pair:
            assert visitor.get("cached").json() == visitor.secret


@pytest.mark.parametrize("line", ["websocket", "sse", "poll"])
@pytest.mark.parametrize("options", [{}, {"isolation": "loop"}, {"parano": True}])
def test_apps_that_are_clicked_at_the_same_time(
    serve: Serve, app_name: str, line: str, options: dict[str, Any]
) -> None:
    """Each shows what its visitor has written, on every transport and in every kind of instance."""
    from gui_lines import SocketVisitor

    from quick_htag.testing import GuiPage

    server = serve(settings=Settings(max_event_rate=0.0))
    server.bind_htag("/", app_name, **options)

    def use(text: str) -> None:
        with SocketVisitor(server.url, line) as visitor:
            page = GuiPage(visitor, "/", visitor.websocket)
            for number in range(ROUNDS):
                page.type(".text", f"{text}{number}")
                page.wait_until(
                    lambda n=number: page.find(".echo").text == f"{text}{n}".upper(), TIMEOUT
                )
                assert other[text] not in page.document.body.html
            page.close()

    other = {"ann": "BOB", "bob": "ANN"}
    together(lambda: use("ann"), lambda: use("bob"))


def test_what_an_app_offers_is_its_visitors(serve: Serve) -> None:
    """A download has an address nobody guesses, and is for one session."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    from quick_htag import download
    from quick_htag.testing import GuiPage, TestClient

    base = htag.Tag.App if hasattr(htag, "State") else htag.Tag.div

    def save(event: Any) -> None:
        download(apps[0], b"A" * 99, "a.txt")

    def init(self: Any) -> None:
        apps.insert(0, self)
        self.add(htag.Tag.button("x", _class="b", _onclick=save))

    apps: list[Any] = []
    app = type("App", (base,), {"init": init, "imports": []})
    server = serve()
    server.bind_htag("/", app)
    ann, bob = TestClient(server.app), TestClient(server.app)
    bob.get("/")
    page = GuiPage(ann)  # the newest app is hers
    page.click(".b")
    page.wait_until(lambda: bool(page.offers))
    token = re.search(r"offer=([^&]+)", page.offers[0])
    assert token is not None
    assert len(token[1]) >= 22  # 128 bits as text
    assert bob.get(page.offers[0]).status in (403, 404, 410)
    assert TestClient(server.app).get(page.offers[0]).status in (403, 404, 410)
    assert ann.get(page.offers[0]).content == b"A" * 99
    page.close()


def test_tokens_are_apart(server: Any) -> None:
    """Two objects never share a value, whatever their names."""
    names = ["a", "A", "a ", "a\0", "a:b", "", "%61", "\xe1"]
    for name in names:
        with server.get_token_obj(name) as found:
            assert found == {}
            found["name"] = name
    assert [server.get_token_obj(name)["name"] for name in names] == names


@pytest.mark.parametrize("path", ["/mine", "/page.txt"])
def test_no_cache_in_between_keeps_what_is_one_visitors(
    serve: Any, ask: Any, tmp_path: Any, path: str
) -> None:
    """Neither an answer made with the session, nor a file that is for those who have signed in."""
    server = serve()
    server.max_age = 60
    (tmp_path / "page.txt").write_text("for members")
    server.bind_path("/", str(tmp_path))

    @server.before
    def guard(req: Any) -> Any:
        return None if path == "/mine" else req.session.get("nothing")

    @server.json_get("/mine", 0)
    def mine(req: Any, args: Any) -> Any:
        req.session["who"] = "ann"
        return 1

    answer = ask(server, path)
    assert (answer.status, answer["cache-control"]) == (200, "private, max-age=60")
