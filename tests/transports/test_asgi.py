"""The application as ASGI servers call it."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import MessageLog, Settings, create_server
from tests.transports.asgi_calls import CONNECT, GONE, LIMIT, Calls, body_message, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quick_htag import QuickServer


@pytest.fixture
def server(no_thread_left: None) -> Iterator[QuickServer]:
    """Hosted; bodies up to 100 bytes, 10 of them in memory."""
    settings = Settings(max_body_size=100, body_memory=10)
    made = create_server(None, settings=settings, log=MessageLog(io.StringIO()))
    yield made
    made.shutdown()
    made.server_close()


def _ask(server: QuickServer, scope: dict[str, Any], *messages: dict[str, Any]) -> Any:
    """Status, fields and content of an answer."""

    async def ask() -> list[dict[str, Any]]:
        return await Calls(server.asgi, scope, *messages).end()

    sent = asyncio.run(ask())
    assert sent[0]["type"] == "http.response.start"
    fields = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], fields, b"".join(one["body"] for one in sent[1:])


def test_an_endpoint_answers_on_a_thread(server):
    """The loop of the host goes on meanwhile."""

    @server.json_get("/who")
    def who(req: Any, args: Any) -> Any:
        here = threading.current_thread() is threading.main_thread()
        return [here, req.client_address, req.url, args["query"]]

    status, fields, content = _ask(server, scope_of("http", "/who?a=1"), body_message())
    told = [False, ["192.0.2.7", 4711], "http://localhost/who?a=1", {"a": "1"}]
    assert (status, json.loads(content)) == (200, told)
    assert fields["content-length"] == str(len(content))


@pytest.mark.parametrize(
    ("size", "told", "status"),
    [(6, "6", 200), (60, None, 200), (101, "101", 413), (101, None, 413)],
)
def test_a_body_is_taken_up_to_its_limit(server, size, told, status):
    """Announced or not, in memory and in a file."""
    server.add_json_post_mask("/size", lambda req, args: len(args["post"]))
    data = json.dumps("x" * (size - 2)).encode()
    fields = [("content-type", "application/json")]
    fields += [("content-length", told)] if told else []
    scope = scope_of("http", "/size", *fields, method="POST")
    answer = _ask(server, scope, body_message(data[:3], more=True), body_message(data[3:]))
    assert answer[0] == status
    assert status != 200 or answer[2] == str(size - 2).encode()


def test_what_comes_of_a_body_that_is_refused_is_read_away(server):
    """While the answer is sent: hypercorn does not take its end before."""
    server.add_json_post_mask("/size", lambda req, args: len(args["post"]))
    scope = scope_of("http", "/size", ("content-length", "9" * 12), method="POST")
    sent: list[dict[str, Any]] = []

    async def upload() -> bool:
        pieces = [body_message(b"", more=False), *[body_message(b"abc", more=True)] * 20]
        read = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if len(pieces) == 1:
                read.set()
            return pieces.pop()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if not message.get("more_body", True):
                await asyncio.wait({asyncio.ensure_future(read.wait())}, timeout=LIMIT)

        await server.asgi(scope, receive, send)
        return read.is_set()

    assert asyncio.run(upload())
    assert sent[0]["status"] == 413


def test_a_client_that_leaves_with_its_body(server):
    """Nothing is asked and nothing answered."""
    called: list[bool] = []
    server.add_json_post_mask("/size", lambda req, args: called.append(True))
    scope = scope_of("http", "/size", method="POST")

    async def leave() -> list[dict[str, Any]]:
        return await Calls(server.asgi, scope, body_message(b"abc", more=True), GONE).end()

    assert asyncio.run(leave()) == []
    assert not called


def test_a_mount_is_no_part_of_the_path(server):
    """Nor of that which was sent; addresses have it."""
    server.add_json_get_mask("/at/:name", lambda req, args: [args["segments"]["name"], req.url])
    scope = scope_of("http", "/some/app/at/a/b", root_path="/some/app")
    status, _, content = _ask(server, {**scope, "raw_path": b"/some/app/at/a%2Fb"}, body_message())
    assert status == 200
    assert json.loads(content) == ["a/b", "http://localhost/some/app/at/a%2Fb"]


def test_the_session_of_the_host(server):
    """What its middleware has put into the scope."""

    @server.json_get("/")
    def count(req: Any, args: Any) -> Any:
        req.session["count"] = req.session["count"] + 1
        return "counted"

    theirs = {"count": 1}
    status, fields, _ = _ask(server, scope_of("http", "/", session=theirs), body_message())
    assert (status, theirs) == (200, {"count": 2})
    assert "set-cookie" not in fields


def test_a_websocket_is_refused(server):
    """With an answer where the host can give one, and else by closing."""
    scope = scope_of("websocket", "/nothing")

    async def knock(more: dict[str, Any]) -> list[dict[str, Any]]:
        return await Calls(server.asgi, {**scope, **more}, dict(CONNECT)).end()

    assert asyncio.run(knock({})) == [{"type": "websocket.close", "code": 1008}]
    sent = asyncio.run(knock({"extensions": {"websocket.http.response": {}}}))
    assert [one["type"] for one in sent] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert sent[0]["status"] == 404


def test_the_host_tells_of_its_life(server):
    """With its end the server stops."""

    async def live() -> list[dict[str, Any]]:
        begin, end = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
        return await Calls(server.asgi, {"type": "lifespan"}, begin, end).end()

    sent = [one["type"] for one in asyncio.run(live())]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert server.done
    assert _ask(server, scope_of("http", "/"), body_message())[0] == 503


def test_an_unknown_kind_is_an_error(server):
    """As the specification wants it."""
    with pytest.raises(ValueError, match="carrier"):
        asyncio.run(server.asgi({"type": "carrier"}, None, None))
