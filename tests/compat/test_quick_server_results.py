"""Scripts for quick_server answer in each of their ways, and read what was sent."""

from __future__ import annotations

import http.client
import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import (
    MessageLog,
    MultipartResponse,
    PreventDefaultResponse,
    QuickServer,
    QuickServerRequestHandler,
    Response,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT = 20.0  # seconds


def hand(req: QuickServerRequestHandler, args: Any) -> None:
    """Answer in the way of ``http.server``."""
    req.send_response(202)
    req.send_header("Content-Type", "text/csv")
    req.end_headers()
    req.wfile.write(b"a,b")
    raise PreventDefaultResponse


def deferred(req: QuickServerRequestHandler, args: Any) -> str:
    """Add headers and return a value."""
    req.send_header("X-A", "1")
    req.send_header("X-A", "2", replace=True)
    req.send_header("X-B", "3", end_header=True)
    return "value"


def unanswered(req: QuickServerRequestHandler, args: Any) -> None:
    """Say that there was an answer when there was none."""
    raise PreventDefaultResponse


def message(req: QuickServerRequestHandler, args: Any) -> None:
    """Use the name that the argument had in 0.7."""
    raise PreventDefaultResponse(418, msg="a teapot")


@pytest.mark.parametrize(
    ("fun", "status", "text", "header"),
    [
        (hand, 202, "a,b", ("Content-Type", "text/csv")),
        (deferred, 200, "value", ("X-A", "2")),
        (deferred, 200, "value", ("X-B", "3")),
        (unanswered, 204, "", ("Content-Type", None)),
        (message, 418, "418 I'm a Teapot\na teapot\n", None),
        (lambda req, args: None, 404, None, None),
        (lambda req, args: Response("no", 401, "text/x"), 401, "no", ("Content-Type", "text/x")),
    ],
)
def test_results(
    start_server: Callable[..., QuickServer],
    fun: Any,
    status: int,
    text: str | None,
    header: tuple[str, str | None] | None,
) -> None:
    """Each way to answer gives one answer, after which the connection goes on."""
    server = start_server(lambda server: server.text_get("/x", 0)(fun), log=MessageLog(StringIO()))
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=TIMEOUT)
    for _ in range(2):
        connection.request("GET", "/x")
        answer = connection.getresponse()
        body = answer.read().decode()
        assert (answer.status, body) == (status, body if text is None else text)
        assert header is None or answer.headers.get_all(header[0]) in ([header[1]], None)
    connection.close()


def test_multipart_response(start_server: Callable[..., QuickServer]) -> None:
    """A text endpoint may give several things at once."""
    server = start_server(
        lambda server: server.text_get("/x", 0)(
            lambda req, args: MultipartResponse({"a": {"b": 1}})
        )
    )
    answer = requests.get(f"{server.url}x", timeout=TIMEOUT)
    kind = answer.headers["content-type"]
    assert re.fullmatch(r'multipart/form-data; boundary="qsboundary[0-9a-f]{32}"', kind)
    assert 'name="a"; filename="a"\r\nContent-Type: application/json\r\n\r\n{' in answer.text


def test_masks_without_a_decorator(start_server: Callable[..., QuickServer]) -> None:
    """A mask works with and without a number of segments, which is its own for each method."""

    def setup(server: QuickServer) -> None:
        server.add_json_post_mask("/mask", lambda req, args: args["paths"])
        server.set_file_argc("/mask", 1)
        server.json_get("/mask", 0)(lambda req, args: "get")
        server.add_text_mask("/text", "GET", lambda req, args: "text")

    server = start_server(setup)
    assert requests.post(f"{server.url}mask/1", timeout=TIMEOUT).json() == ["1"]
    assert requests.get(f"{server.url}mask", timeout=TIMEOUT).json() == "get"
    assert requests.get(f"{server.url}text/a/b", timeout=TIMEOUT).text == "text"


def test_all_values_of_a_name(start_server: Callable[..., QuickServer]) -> None:
    """The dict has the last one, as ever, and tells the others when asked."""

    def look(req: Any, args: Any) -> Any:
        return [args[key]["a"] for key in ("query", "post")] + [
            args[key].get_all("a") for key in ("query", "post")
        ]

    server = start_server(lambda server: server.json_post("/x", 0)(look))
    answer = requests.post(
        f"{server.url}x?a=1&a=2", data=[("a", "x y"), ("a", "z")], timeout=TIMEOUT
    )
    assert answer.json() == ["2", "z", ["1", "2"], ["x y", "z"]]
    both = [("a", "1"), ("a", "2")]
    answer = requests.post(f"{server.url}x?a=+&a", files={"f": b""}, data=both, timeout=TIMEOUT)
    assert answer.json() == [True, "2", [" ", True], ["1", "2"]]
