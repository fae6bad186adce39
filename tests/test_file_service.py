"""What serves files is there when somebody asks for one, and not before."""

from __future__ import annotations

import pytest

from quick_htag.app import App
from quick_htag.errors import HTTPError
from quick_htag.later import made
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import LOG_DETAIL, Request


def test_an_application_without_folders_has_none_of_it() -> None:
    """Endpoints are found and answered without."""
    app = App()
    app.text_get("/hello", 0)(lambda _req, _args: "hello")
    assert app.handle(Request("GET", "/hello")).status == 200
    assert made(app, "_files") is None


def test_who_asks_for_a_file_gets_it(tmp_path) -> None:
    """Also where ``gzip`` was switched on before."""
    (tmp_path / "a.txt").write_text("text " * 1000)
    (tmp_path / "a.txt.gz").write_bytes(b"shorter")
    app = App()
    app.gzip = True
    app.bind_path("/files/", str(tmp_path))
    response = app.handle(Request("GET", "/files/a.txt", Headers([("Accept-Encoding", "gzip")])))
    assert dict(response.headers)["Content-Encoding"] == "gzip"
    response.discard()


def test_nothing_is_found_where_nothing_is() -> None:
    """The log has the reason, unless the path is missed by everybody."""
    app = App()
    request = Request("GET", "/none")
    with pytest.raises(HTTPError):
        app._files.last_resort(request)
    assert request.meta[LOG_DETAIL] == "no matching folder alias: /none"
    app.set_common_invalid_paths(["/none"])
    request = Request("GET", "/none")
    with pytest.raises(HTTPError):
        app._files.last_resort(request)
    assert LOG_DETAIL not in request.meta


def test_a_folder_that_is_not_there_is_named_in_the_log(tmp_path) -> None:
    """A name with a mistake in it looks like missing files otherwise."""
    app = App()
    app.bind_path("/files/", str(tmp_path / "typo"))
    request = Request("GET", "/files/a.txt")
    with pytest.raises(HTTPError, match="File not found"):
        app._files.last_resort(request)
    assert request.meta[LOG_DETAIL] == f"there is no folder {tmp_path / 'typo'}"
