"""The application as WSGI servers call it, under the eyes of ``wsgiref.validate``."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest

from quick_htag import MessageLog, Response, Settings, create_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from quick_htag import QuickServer


def _events(req: Any, args: Any) -> Any:
    yield "one"
    args["gone"].wait(20)


@pytest.fixture
def said() -> io.StringIO:
    """What the log says."""
    return io.StringIO()


@pytest.fixture
def server(no_thread_left: None, said: io.StringIO) -> Iterator[QuickServer]:
    """Hosted, with a small limit for bodies."""
    made = create_server(None, settings=Settings(max_body_size=100), log=MessageLog(said))
    yield made
    made.shutdown()
    made.server_close()


class Answer:
    """What the host would send."""

    def __init__(self, wsgi: Any, environ: dict[str, Any]) -> None:
        self.fields: dict[str, str] = {}
        self.status = 0
        content = validator(wsgi)(environ, self._start)
        try:
            self.body = b"".join(content)
        finally:
            content.close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.status = int(status[:3])
        self.fields = {name.lower(): value for name, value in headers}


@pytest.fixture
def environ() -> dict[str, Any]:
    """Of a request for "/"."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


@pytest.fixture
def call(server: QuickServer, environ: dict[str, Any]) -> Callable[..., Answer]:
    """``call("/path", "POST", body=b"", FIELD=...)`` as a host does it."""

    def send(path: str, method: str = "GET", *, body: bytes = b"", **more: Any) -> Answer:
        path, _, query = path.partition("?")
        given = {**environ, "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
        given["wsgi.input"] = io.BytesIO(body)
        if body:
            given["CONTENT_LENGTH"] = str(len(body))
        given.update(more)
        return Answer(
            server.wsgi, {key: value for key, value in given.items() if value is not None}
        )

    return send


def test_an_endpoint_answers(server, call):
    """With what the host knows of the request."""

    @server.json_get("/hello")
    def hello(req: Any, args: Any) -> Any:
        return [req.client_address[0], req.scheme, req.headers["x-mine"], args["query"]]

    answer = call("/hello?a=1", HTTP_X_MINE="yes", **{"wsgi.url_scheme": "https"})
    assert json.loads(answer.body) == ["192.0.2.7", "https", "yes", {"a": "1"}]
    assert answer.fields["content-length"] == str(len(answer.body))
    assert answer.fields["x-content-type-options"] == "nosniff"


def test_head_has_the_fields_only(server, call):
    """The length too."""
    server.add_text_get_mask("/hello", lambda req, args: "hello")
    answer = call("/hello", "HEAD")
    assert (answer.status, answer.body, answer.fields["content-length"]) == (200, b"", "5")


def test_a_body_arrives(server, call):
    """By its length, and without one where the host tells its end."""

    @server.json_post("/size")
    def size(req: Any, args: Any) -> Any:
        return req.body.length

    assert call("/size", "POST", body=b"[1, 2]").body == b"6"
    endless = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert call("/size", "POST", body=b"[1, 2]", CONTENT_LENGTH=None, **endless).body == b"6"


@pytest.mark.parametrize(("body", "length", "status"), [(b"x" * 101, 101, 413), (b"x", 2, 400)])
def test_a_body_that_cannot_be_taken(server, call, body, length, status):
    """Too large, or not all there."""
    server.add_json_post_mask("/size", lambda req, args: req.body.read().hex())
    assert call("/size", "POST", body=body, CONTENT_LENGTH=str(length)).status == status


@pytest.mark.parametrize("length", ["-1", "1" * 5000])
def test_a_length_must_be_a_number(server, environ, length):
    """Not every host sees to that."""
    told = []
    environ |= {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": length}
    server.wsgi(environ, lambda status, fields: told.append(status))
    assert told == ["400 Bad Request"]


def test_a_stream_comes_in_its_pieces(server, call):
    """It is closed with the answer."""
    closed = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"one "
            yield b"two"
        finally:
            closed.append(True)

    server.add_text_get_mask("/stream", lambda req, args: Response(pieces()))
    answer = call("/stream")
    assert answer.body == b"one two"
    assert "content-length" not in answer.fields
    assert closed == [True]


def test_files_are_sent_by_the_host(server, call, tmp_path: Path):
    """Where it can; a part in the middle it cannot."""
    content = bytes(range(256)) * 4096  # a small one is no file any more when it is sent
    (tmp_path / "page.bin").write_bytes(content)
    server.bind_path("/", str(tmp_path))
    used = []

    def wrapper(file: Any, size: int) -> Any:
        used.append(size)
        return FileWrapper(file, size)

    for wanted, part, count in (
        ("bytes=0-", content, 1),
        ("bytes=300-", content[300:], 2),
        ("bytes=300-500000", content[300:500001], 2),
    ):
        answer = call("/page.bin", HTTP_RANGE=wanted, **{"wsgi.file_wrapper": wrapper})
        assert (answer.status, answer.body == part, len(used)) == (206, True, count)
    assert call("/page.bin").body == content


def test_what_is_not_modified_has_no_type(server, call, tmp_path: Path):
    """As WSGI wants it."""
    (tmp_path / "page.txt").write_text("hello")
    server.bind_path("/", str(tmp_path))
    answer = call("/page.txt", HTTP_IF_NONE_MATCH=call("/page.txt").fields["etag"])
    assert (answer.status, answer.body) == (304, b"")
    assert "content-type" not in answer.fields


def test_a_mounted_application_knows_where(server, call):
    """Its cookie is for what is below, and its addresses lead there."""

    @server.json_get("/where")
    def where(req: Any, args: Any) -> Any:
        req.session["seen"] = True
        return req.url

    answer = call("/where", SCRIPT_NAME="/some/app")
    assert json.loads(answer.body) == "http://localhost/some/app/where"
    assert "Path=/some/app;" in answer.fields["set-cookie"]
    assert answer.fields["set-cookie"].startswith("quick_htag_session=")


def test_a_websocket_is_refused(server, call, said):
    """With an answer that a page understands at once; the log says once what would do."""
    server.websocket("/echo")(lambda ws: None)
    fields = {
        "HTTP_UPGRADE": "websocket",
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_SEC_WEBSOCKET_KEY": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert call("/echo", **fields).status == 501
    assert call("/echo", **fields).status == 501
    assert said.getvalue().count("server.asgi") == 1


def test_events_end_with_the_server(server, environ):
    """Their thread is given back to the host."""
    server.sse("/events")(_events)
    content = iter(server.wsgi({**environ, "PATH_INFO": "/events"}, lambda *head: None))
    assert b"data: one" in next(content)
    server._hosted.end_guests()
    assert list(content) == []
    content.close()


def test_a_host_without_threads_is_told_of(server, call, said):
    """When something is open for long, which would keep everybody else out."""
    server.add_text_get_mask("/stream", lambda req, args: Response(iter([b"one"])))
    call("/stream", **{"wsgi.multithread": False})
    assert "threads" in said.getvalue()
