"""Endpoints: what functions get, and what becomes of their values."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from quick_htag.app import App
from quick_htag.errors import BodyRefused, ConfigurationError, HTTPError
from quick_htag.handlers.endpoints import Endpoint
from quick_htag.handlers.results import Response
from quick_htag.logs import MessageLog
from quick_htag.messages.body import Body, RefusedBody
from quick_htag.messages.conditional import CacheControl
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import FileBody, HTTPResponse
from quick_htag.routing import Pattern
from quick_htag.testing import TestClient
from quick_htag.type_names import ReqArgs


def _call(
    fun: Callable[[Request, ReqArgs], Any],
    *,
    kind: str = "text",
    method: str = "GET",
    target: str = "/m",
    body: Body | None = None,
    argc: int | None = None,
    **fields: str,
) -> HTTPResponse:
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    request = Request(method, target, headers, body or Body())
    endpoint = Endpoint(kind, method, Pattern("/m"), argc, fun, CacheControl(7))
    return endpoint(request)


def _args(**options: Any) -> ReqArgs:
    kept: list[ReqArgs] = []

    def fun(req: Request, args: ReqArgs) -> str:
        kept.append(args)
        return ""

    _call(fun, **options)
    return kept[0]


def _value(value: Any, **options: Any) -> HTTPResponse:
    return _call(lambda req, args: value, **options)


# -- arguments -------------------------------------------------------------------------------------


def test_all_keys_are_always_there() -> None:
    """A bare request gives every key, empty."""
    assert _args() == {
        "paths": [],
        "query": {},
        "post": {},
        "files": {},
        "segments": {},
        "fragment": "",
        "meta": {},
        "cookie": None,
    }


def test_arguments_come_from_the_target() -> None:
    """Paths and query are taken apart and decoded."""
    args = _args(target="/m/a%20b/../c/d?x=1+2&flag")
    assert args["paths"] == ["c", "d"]
    assert args["query"] == {"x": "1 2", "flag": True}


def test_fragment() -> None:
    """A fragment, which clients should not send, is kept out of path and query."""
    args = _args(target="/m/a?x=1#part?y")
    assert (args["paths"], args["query"], args["fragment"]) == (["a"], {"x": "1"}, "part?y")
    args = _args(target="/m/a#part?y=1")
    assert (args["paths"], args["query"], args["fragment"]) == (["a"], {}, "part?y=1")


def test_meta_and_segments_are_those_of_the_request() -> None:
    """Middleware and endpoint share the notes of a request."""

    def fun(req: Request, args: ReqArgs) -> str:
        return str(args["meta"] is req.meta and args["segments"] is req.segments)

    assert _call(fun).body == b"True"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_body_is_parsed(method: str) -> None:
    """The methods that carry a body have it parsed by its type."""
    body = Body(b'{"a": 1}')
    assert _args(method=method, body=body, content_type="application/json")["post"] == {"a": 1}


def test_body_of_get_is_ignored() -> None:
    """A GET with a body is a GET."""
    assert _args(body=Body(b"{"), content_type="application/json")["post"] == {}


def test_refused_body_ends_the_request() -> None:
    """The function is not called without its body."""
    with pytest.raises(BodyRefused):
        _args(method="POST", body=RefusedBody(BodyRefused(413)))


def test_cookie() -> None:
    """Cookies come as a SimpleCookie, with its escapes undone."""
    cookie = _args(cookie='a=1; b="x\\054y"')["cookie"]
    assert cookie is not None
    assert {name: morsel.value for name, morsel in cookie.items()} == {"a": "1", "b": "x,y"}


# -- values ----------------------------------------------------------------------------------------


def test_json_value() -> None:
    """JSON is indented, sorted, typed, tagged and fresh for as long as set."""
    response = _value({"b": 1, "a": "é"}, kind="json")
    assert response.body == b'{\n  "a": "\\u00e9",\n  "b": 1\n}'
    assert dict(response.headers) == {
        "Content-Type": "application/json",
        "ETag": response.header("etag"),
        "Cache-Control": "max-age=7",
    }


@pytest.mark.parametrize(
    ("value", "body"), [(0, b"0"), (False, b"false"), ("", b'""'), ({}, b"{}")]
)
def test_empty_values_are_values(value: Any, body: bytes) -> None:
    """Only None is nothing."""
    assert _value(value, kind="json").body == body


@pytest.mark.parametrize("kind", ["json", "text"])
@pytest.mark.parametrize("value", [None, Response(None, 201)])
def test_none_is_404(kind: str, value: Any) -> None:
    """A function that finds nothing gives None."""
    with pytest.raises(HTTPError) as caught:
        _value(value, kind=kind)
    assert (caught.value.status, caught.value.detail) == (404, "File not found")


@pytest.mark.parametrize(
    ("value", "body"),
    [("é", "é".encode()), ("", b""), (b"\xff\0", b"\xff\0"), (bytearray(b"x"), b"x")],
)
def test_text_value(value: Any, body: bytes) -> None:
    """Text is UTF-8 and says so, bytes are sent as they are."""
    response = _value(value)
    assert (response.body, response.header("content-type")) == (body, "text/plain; charset=utf-8")


@pytest.mark.parametrize("file", [io.StringIO("é1"), io.BytesIO("é1".encode())])
def test_files_in_memory(file: Any) -> None:
    """A file of text or bytes is rewound, sent and closed."""
    file.seek(0, io.SEEK_END)
    assert _value(file).content() == "é1".encode()
    assert file.closed


def test_file_on_disk(tmp_path: Path) -> None:
    """A file of the system is left to the transport."""
    (tmp_path / "f").write_bytes(b"12345")
    file = (tmp_path / "f").open("rb")
    file.read(2)
    response = _value(file)
    assert isinstance(response.body, FileBody)
    assert response.content() == b"12345"
    assert file.closed


def test_reader_over_another_file(tmp_path: Path) -> None:
    """A reader that unpacks is read, not what it unpacks."""
    path = tmp_path / "f.gz"
    path.write_bytes(gzip.compress(b"plain"))
    with gzip.open(path) as packed:
        response = _value(io.BufferedReader(packed))
        assert not isinstance(response.body, FileBody)
        assert response.content() == b"plain"


def test_file_that_cannot_be_rewound() -> None:
    """A pipe is sent from where it is."""

    class Pipe:
        chunks = [b"a", "b", b""]  # noqa: RUF012 of this test only

        def read(self, size: int) -> Any:
            return self.chunks.pop(0)

    assert _value(Pipe()).content() == b"ab"


def test_iterators_are_streamed() -> None:
    """A generator is read while it is sent, and closed if that ends early."""
    log: list[str] = []

    def chunks() -> Iterator[str | bytes]:
        try:
            log.append("started")
            yield "é"
            yield b"x"
        finally:
            log.append("closed")

    response = _value(chunks())
    assert log == []
    assert response.content() == "éx".encode()
    early = _value(chunks())
    next(iter(early.body))  # type: ignore[arg-type]  # a stream
    early.discard()
    early.discard()
    assert log == ["started", "closed"] * 2


@pytest.mark.parametrize("value", [1, ["a"], {"a": 1}, object()])
def test_text_is_not_anything(value: Any) -> None:
    """A text endpoint does not guess, it tells what it takes."""
    with pytest.raises(TypeError, match="may give str, bytes, a file"):
        _value(value)


def test_numbers_are_no_chunks() -> None:
    """Nor does a stream."""
    with pytest.raises(TypeError, match="an iterator gave int; it may give str or bytes"):
        _value(iter([5])).content()


def _early(req: Request) -> str:
    """Takes no arguments."""
    return ""


def _odd(req: Request, args: ReqArgs) -> object:
    """Gives what cannot be sent."""
    return object()


def _coded(req: Request, args: ReqArgs) -> object:
    """Gives a status there is not."""
    return Response("", 999)


@pytest.mark.parametrize("fun", [_early, _odd, _coded])
@pytest.mark.parametrize("guarded", [False, True])
def test_the_log_names_the_function(fun: Any, guarded: bool) -> None:
    """Though it fails before or after its lines; what it passed through is folded."""
    log = StringIO()
    app = App(log=MessageLog(log))
    with app.middlewares(*([lambda req, args, okay: okay] if guarded else [])):
        app.json_get("/m", 0)(fun)
    try:
        assert TestClient(app).get("/m").status == 500
    finally:
        app.close()
    place = f"{Path(__file__).name}:{fun.__code__.co_firstlineno}, in {fun.__name__}\n"
    assert place in log.getvalue()
    assert " of quick_htag\n" in log.getvalue()


def test_response_overrides() -> None:
    """Status and type are the function's; a JSON endpoint still writes JSON."""
    response = _value(Response("no", 401, "application/problem+json"), kind="json")
    assert (response.status, response.body) == (401, b'"no"')
    assert response.headers == [("Content-Type", "application/problem+json")]


@pytest.mark.parametrize("code", [204, 205, 304])
def test_some_codes_have_no_body(code: int) -> None:
    """Then neither body nor type are sent (RFC 9110 section 15)."""
    response = _value(Response("x", code))
    assert (response.status, response.headers, response.body) == (code, [], b"")


@pytest.mark.parametrize("value", [Response("x", 99), Response("x", "200"), Response("x", 100)])  # type: ignore[arg-type]
def test_bad_codes_are_refused(value: Response) -> None:
    """A code is a final HTTP status."""
    with pytest.raises(ConfigurationError):
        _value(value)


def test_header_injection_is_refused() -> None:
    """A type with a line break never becomes a header."""
    with pytest.raises(ConfigurationError):
        _value(Response("x", 200, "text/plain\r\nX: y"))


def test_ready_answers_pass() -> None:
    """An endpoint may give the answer itself."""
    ready = HTTPResponse.redirect("/there")
    response = _value(ready)
    assert (response.status, response.headers) == (302, [("Location", "/there")])


def test_ready_answers_can_be_given_again() -> None:
    """What is added to the answer of one visitor, a cookie say, does not go to the next."""
    ready = HTTPResponse.redirect("/there")
    _value(ready).headers.append(("Set-Cookie", "session=secret"))
    assert _value(ready).header("set-cookie") is None


# -- answers written by hand -----------------------------------------------------------------------


def test_none_after_an_answer_by_hand() -> None:
    """A function that has answered itself has nothing to return."""

    def fun(req: Request, args: ReqArgs) -> None:
        req.send_response(203)
        req.wfile.write(b"by hand")

    response = _call(fun)
    assert (response.status, response.body) == (203, b"by hand")


def test_repeated_values_of_the_query() -> None:
    """The last one counts, and the others can be had; without a query there are none."""
    query = _args(target="/m?a=1&a=2&b=3&flag&flag")["query"]
    assert (query["a"], query.get_all("a"), query.get_all("b")) == ("2", ["1", "2"], ["3"])
    assert query.get_all("flag") == [True, True]
    assert _args()["query"].get_all("a") == []


# -- caching ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_known_version_is_304(method: str) -> None:
    """The tag of the last answer makes the next one short."""
    etag = _value("same").header("etag") or ""
    response = _value("same", method=method, if_none_match=f'"other", W/{etag}')
    assert (response.status, response.body) == (304, b"")
    assert response.headers == [("ETag", etag), ("Cache-Control", "max-age=7")]


def test_other_version_is_sent() -> None:
    """Another body has another tag."""
    etag = _value("old").header("etag") or ""
    assert _value("new", if_none_match=etag).status == 200


def test_a_version_that_is_gone_is_412() -> None:
    """A client that wants the version it knows, and no other, is told (RFC 9110 13.1.1)."""
    etag = _value("old").header("etag") or ""
    assert _value("old", if_match=etag).status == 200
    assert _value("old", if_match="*").status == 200
    with pytest.raises(HTTPError) as caught:
        _value("new", if_match=etag)
    assert caught.value.status == 412


@pytest.mark.parametrize("value", [Response("same", 404), "same"])
def test_only_good_reads_are_cached(value: Any) -> None:
    """Neither errors nor the answers to other methods are tagged."""
    method = "POST" if value == "same" else "GET"
    assert _value(value, method=method, if_none_match="*").headers[1:] == []


def test_large_values_are_not_tagged() -> None:
    """Reading a megabyte twice costs more than it saves."""
    response = _value("x" * (1024 * 1024 + 1))
    assert (response.status, response.header("etag")) == (200, None)
