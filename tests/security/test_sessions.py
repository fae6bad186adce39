"""Session ids: issued by the server, guessed by nobody, changed at a login."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import Settings
from quick_htag.testing import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

    Serve = Callable[..., QuickServer]


@pytest.fixture
def server(serve: Serve) -> QuickServer:
    """One with a login, and what only its user may see."""
    server = serve(settings=Settings(session_cookie="s"))

    @server.json_post("/login", 0)
    def login(req: Any, args: Any) -> Any:
        req.login("ann")
        return {}

    @server.json_post("/note", 0)
    def note(req: Any, args: Any) -> Any:
        req.session["note"] = args["post"]
        return {}

    @server.json_get("/me", 0)
    def me(req: Any, args: Any) -> Any:
        return [req.user, dict(req.session)]

    return server


def visitor(server: Any, cookie: str | None = None) -> TestClient:
    """A browser, with a cookie that it was perhaps given."""
    client = TestClient(server.app)
    if cookie is not None:
        client.cookies["s"] = cookie
    return client


@pytest.mark.parametrize("planted", ["attacker", "A" * 32, "", "../x", "a" * 4000, "\xe9", '"q"'])
def test_an_id_that_was_not_issued_is_never_adopted(server: Any, planted: str) -> None:
    """Whoever plants one knows a session that nobody has."""
    client = visitor(server, planted)
    client.post("/note", json=1)
    assert client.cookies["s"] != planted
    assert visitor(server, planted).get("/me").json() == [None, {}]


def test_a_login_changes_the_id(server: Any) -> None:
    """Who has planted the cookie of a session of his own is not logged in with it."""
    attacker = visitor(server)
    attacker.post("/note", json="mine")
    victim = visitor(server, attacker.cookies["s"])
    victim.post("/login", json={})
    assert victim.get("/me").json()[0] == "ann"
    assert victim.cookies["s"] != attacker.cookies["s"]
    assert attacker.get("/me").json() == [None, {}]


def test_ids_cannot_be_guessed(server: Any) -> None:
    """128 bits and more, of a source that is made for secrets; every character is as likely."""
    ids = []
    for _ in range(400):
        client = visitor(server)
        client.post("/note", json=1)
        ids.append(client.cookies["s"])
    assert len(set(ids)) == len(ids)
    letters = Counter("".join(ids))
    total = sum(letters.values())
    bits = -sum(count / total * math.log2(count / total) for count in letters.values())
    assert min(map(len, ids)) * bits >= 128
    for place in range(min(map(len, ids))):  # no place is a clock or a counter
        assert len({one[place] for one in ids}) > 20


def test_a_signed_cookie_is_not_looked_up_unless_we_signed_it(serve: Serve) -> None:
    """Nor does another signature than the right one do; the comparison takes the same time."""
    server = serve(settings=Settings(session_cookie="s", signed_sessions=True))

    @server.json_get("/", 0)
    def count(req: Any, args: Any) -> Any:
        req.session["n"] = req.session.get("n", 0) + 1
        return req.session["n"]

    client = visitor(server)
    assert [client.get("/").json() for _ in range(2)] == [1, 2]
    value = client.cookies["s"]
    changed = value[:-1] + ("0" if value[-1] != "0" else "1")
    for wrong in (changed, value.rpartition(".")[0], value + "0", "." + value, value.upper()):
        assert visitor(server, wrong).get("/").json() == 1


def test_a_second_cookie_of_the_same_name_is_not_preferred(server: Any) -> None:
    """A neighbouring host may plant one; the first is that of the longer path, ours."""
    client = visitor(server)
    client.post("/note", json=1)
    both = {"cookie": f"s={client.cookies['s']}; s=planted"}
    assert visitor(server).get("/me", both).json()[1] == {"note": 1}


def test_an_id_is_told_to_its_visitor_only(server: Any) -> None:
    """Not by lists for whoever runs the server, which have short names."""
    client = visitor(server)
    client.post("/login", json={})
    told = str(server.list_sessions())
    assert client.cookies["s"] not in told
    assert client.cookies["s"] not in client.get("/me").text
