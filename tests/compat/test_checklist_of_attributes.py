"""What scripts for quick_server rely on, point by point: attributes of a server, and its log."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from quick_htag import QuickServer

if TYPE_CHECKING:
    from collections.abc import Callable

    Start = Callable[..., QuickServer]

TIMEOUT = 30.0  # seconds


@pytest.fixture
def site(quiet: Start, tmp_path: Path) -> QuickServer:
    """A server that is running while its attributes are set."""
    (tmp_path / "www" / "empty").mkdir(parents=True)
    (tmp_path / "www" / "a.txt").write_text("a")
    (tmp_path / "icon.ico").write_bytes(b"icon")

    def setup(server: QuickServer) -> None:
        server.base_path = str(tmp_path)
        server.bind_path("/", "www")
        server.json_post("/x", 0)(lambda req, args: len(args["files"]))

    return quiet(setup)


def test_line_5_max_age(site: QuickServer) -> None:
    """Files and endpoints tell it from the moment it is set."""
    for seconds in (0, 60):
        site.max_age = seconds
        answer = requests.get(f"{site.url}a.txt", timeout=TIMEOUT)
        assert answer.headers["cache-control"] == f"max-age={seconds}"


def test_line_5_directory_listing(site: QuickServer) -> None:
    """Off, the page says why."""
    codes = []
    for wanted in (False, True):
        site.directory_listing = wanted
        codes.append(requests.get(f"{site.url}empty/", timeout=TIMEOUT).status_code)
    assert codes == [404, 200]


def test_line_5_favicon(site: QuickServer) -> None:
    """The one of last resort, everywhere unless that is switched off."""
    site.favicon_fallback = "icon.ico"
    found = [requests.get(f"{site.url}a/b/favicon.ico", timeout=TIMEOUT).status_code]
    site.favicon_everywhere = False
    found += [requests.get(f"{site.url}a/b/favicon.ico", timeout=TIMEOUT).status_code]
    assert found == [200, 404]


def test_line_5_cross_origin(site: QuickServer) -> None:
    """Every answer has the fields, errors too."""
    headers = {"Origin": "http://a.example"}
    for path in ("a.txt", "nothing"):
        site.cross_origin = True
        answer = requests.get(site.url + path, headers=headers, timeout=TIMEOUT)
        assert answer.headers["access-control-allow-origin"] == "*"
        site.cross_origin = False
        answer = requests.get(site.url + path, headers=headers, timeout=TIMEOUT)
        assert "access-control-allow-origin" not in answer.headers


def test_line_5_max_file_size(site: QuickServer) -> None:
    """With the words that clients look for."""
    site.max_file_size = 3
    answer = requests.post(f"{site.url}x", files={"f": b"1234"}, timeout=TIMEOUT)
    assert answer.status_code == 413
    assert "Uploaded file is too large!" in answer.text
    assert "4 > 3" in answer.text


def test_line_5_suppress_noise(site: QuickServer, logged: StringIO) -> None:
    """What went well is not logged, what did not is."""
    site.suppress_noise = True
    for path in ("a.txt", "nothing"):
        requests.get(site.url + path, timeout=TIMEOUT)
    site.shutdown()
    assert "a.txt" not in logged.getvalue()
    assert '"GET /nothing HTTP/1.1" 404' in logged.getvalue()


def test_line_6_request_lines(site: QuickServer, logged: StringIO) -> None:
    """Head, elapsed time, date, size, request, status; errors say why."""
    requests.get(f"{site.url}a.txt", timeout=TIMEOUT)
    requests.put(f"{site.url}x", timeout=TIMEOUT)
    site.shutdown()
    lines = logged.getvalue().splitlines()
    head = r"\[SERVER\] +"
    date = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] "
    took = r"\d+\.\d{3}(ms|s) "
    assert re.fullmatch(head + took + date + r'1 B "GET /a\.txt HTTP/1\.1" 200', lines[0])
    error = r"code 405, message .+ " + date + r'\d+ B "PUT /x HTTP/1\.1" 405'
    assert re.fullmatch(head + took + error, lines[1])
