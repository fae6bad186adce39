"""Text of clients and of files in pages of ours (XSS), and what errors tell."""

from __future__ import annotations

import json
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import HTTPError, PreventDefaultResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'</title></style>-->"
HTML = "Accept: text/html"


class Found(HTMLParser):
    """What a browser would make of a page: scripts, handlers, and where links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.harm: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what runs."""
        if tag in ("script", "img", "iframe", "object", "base"):
            self.harm.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.harm.append(f"{name}={value}")


@pytest.fixture
def server(serve: Callable[..., QuickServer]) -> QuickServer:
    """One whose errors say what they were given."""
    server = serve()

    @server.json_post("/error", 0)
    def error(req: Any, args: Any) -> None:
        raise HTTPError(400, args["post"])

    @server.json_post("/prevent", 0)
    def prevent(req: Any, args: Any) -> None:
        raise PreventDefaultResponse(409, args["post"])

    @server.json_post("/fail", 0)
    def fail(req: Any, args: Any) -> None:
        raise ValueError(args["post"])

    @server.json_post("/written", 0)
    def written(req: Any, args: Any) -> None:
        req.send_error(400, args["post"], args["post"])

    return server


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("path", ["/error", "/prevent", "/fail", "/written"])
def test_an_error_page_shows_text_as_text(server: Any, ask: Any, path: str, debug: bool) -> None:
    """Whatever an exception says, also in a traceback."""
    server.debug = debug
    body, kind = json.dumps(EVIL).encode(), "Content-Type: application/json"
    answer = ask(server, path, kind, HTML, method="POST", body=body)
    assert answer.status >= 400
    assert answer["content-type"].startswith("text/html")
    assert Found(answer.body.decode()).harm == []


@pytest.mark.parametrize("target", [f"/{EVIL}", f"/?{EVIL}", f"/a/../{EVIL}"])
def test_what_is_missing_is_not_repeated(server: Any, ask: Any, target: str) -> None:
    """Nor under what host it was looked for."""
    answer = ask(server, target.replace(" ", "%20"), HTML)
    assert Found(answer.body.decode()).harm == []
    wrong = ask(server, "/", HTML, host="<script>alert(1)</script>")
    assert Found(wrong.body.decode()).harm == []


@pytest.mark.parametrize("accept", [HTML, "Accept: */*"])
def test_a_failure_tells_a_number_and_nothing_else(server: Any, ask: Any, accept: str) -> None:
    """No traceback, no path, no class, no value."""
    body, kind = b'"a secret value"', "Content-Type: application/json"
    text = ask(server, "/fail", kind, accept, method="POST", body=body).body.decode()
    for hidden in ("Traceback", "ValueError", "secret", __file__, "quick_htag/", ".py", "line "):
        assert hidden not in text
    assert "The log of the server has it as" in text


NAMES = [
    "<img src=x onerror=alert(1)>.txt",
    '" onmouseover="alert(1).txt',
    "' onmouseover='alert(1).txt",
    "javascript:alert(1).txt",
    "&lt;script&gt;.txt",
    "<script>alert(1)<.txt",
    "data:text.html",
    "\u202egnp.txt",
    "a%3Cscript%3E.txt",
]


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be there")
def test_a_listing_shows_names_as_text(server: Any, ask: Any, tmp_path: Path) -> None:
    """Each leads to its file, and runs nothing, also as a folder and in the way up."""
    folder = tmp_path / "<b onclick=alert(1)>"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(name)
    (folder / os.fsdecode(b"\xff<script>.txt")).write_text("raw")
    server.bind_path("/f/", str(tmp_path))
    server.directory_listing = True
    for path in (
        "/f/",
        "/f/%3Cb%20onclick=alert(1)%3E/",
        '/f/?sort="><script>',
        "/f/?a=javascript:x",
    ):
        answer = ask(server, path, HTML)
        assert answer.status == 200
        assert Found(answer.body.decode("utf-8", "replace")).harm == []
        assert "script-src" not in answer["content-security-policy"]
        assert answer["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "query", [EVIL, f"name={EVIL}", f"js={EVIL}", f"_onload={EVIL}", f"{EVIL}=1"]
)
def test_the_address_of_an_app_writes_nothing_into_its_page(
    server: Any, ask: Any, app_name: str, query: str
) -> None:
    """The page is what it is without a query, apart from its ids."""
    server.bind_htag("/app", app_name)
    quoted = query.replace(" ", "%20")
    answer = ask(server, f"/app?{quoted}")
    assert answer.status == 200
    assert b"alert(" not in answer.body


def test_an_app_that_fails_tells_its_page_nothing(serve: Any, ask: Any) -> None:
    """But that it has failed."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    base = htag.Tag.App if hasattr(htag, "State") else htag.Tag.div

    class Broken(base):  # type: ignore[misc, valid-type]
        def init(self) -> None:
            raise ValueError("a secret value")

    server = serve()
    server.bind_htag("/", Broken)
    answer = ask(server, "/", HTML)
    assert answer.status == 500
    for hidden in (b"secret", b"Traceback", b"ValueError", b".py"):
        assert hidden not in answer.body
