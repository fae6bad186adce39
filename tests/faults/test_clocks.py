"""A wall clock that is set, forward or back: durations are none of its business."""

from __future__ import annotations

import ast
import contextlib
import http.client
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import Settings

PACKAGE = Path(__file__).resolve().parents[2] / "quick_htag"
DAY = 24 * 3600.0
LIMIT = 30.0

# Who asks for the time of day, and what for. Durations and deadlines are on the monotonic clock.
OF_THE_DAY = {
    "guis/attachment.py": "when what an app offers was made, as the date of a file",
    "isolation/folders.py": "the age of folders that killed processes have left",
    "jobs/disk_cache.py": "files of a cache outlive the process",
    "log_text.py": "when a line was written",
    "monitor_methods.py": "since when the server is there",
    "process/reloader.py": "compared with the dates of source files",
    "stores/session_records.py": "sessions in a store outlive the process",
    "stores/sessions.py": "the same",
    "stores/sqlite.py": "values in a file outlive the process, and processes share them",
    "transports/response_writer.py": "the field Date",
    "workers/shared_folder.py": "the age of folders that killed processes have left",
}


def _set_clock(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + days * DAY)


def _setup(server: Any) -> None:
    def count(req: Any, args: Any) -> int:
        req.session["n"] = req.session.get("n", 0) + 1
        return int(req.session["n"])

    server.json_get("/count", 0)(count)
    server.json_worker("/job")(lambda payload: payload["a"] + 1)


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_nothing_expires(faulty: Any, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Connections, sessions, tokens and jobs live on."""
    one = faulty(_setup, settings=Settings(job_start_wait=LIMIT))
    token = one.server.create_token()
    kept = http.client.HTTPConnection(*one.server.server_address[:2], timeout=LIMIT)
    with contextlib.closing(kept), requests.Session() as visitor:
        kept.request("GET", "/ok")
        assert kept.getresponse().read() == b"ok"
        sock = kept.sock
        assert visitor.get(f"{one.url}count", timeout=LIMIT).json() == 1
        with one.server.get_token_obj(token) as known:
            known["a"] = 1
        _set_clock(monkeypatch, days)
        kept.request("GET", "/ok")
        assert kept.getresponse().read() == b"ok"
        assert kept.sock is sock
        assert visitor.get(f"{one.url}count", timeout=LIMIT).json() == 2
        assert one.server.get_token_obj(token) == {"a": 1}
        start = {"action": "start", "payload": {"a": 1}}
        assert requests.post(f"{one.url}job", json=start, timeout=LIMIT).json()["result"] == "2"


@pytest.mark.parametrize("days", [-1, 1])
def test_an_app_goes_on(
    faulty: Any,
    open_page: Callable[..., Any],
    app_name: str,
    monkeypatch: pytest.MonkeyPatch,
    days: float,
) -> None:
    """Its page stays connected, and is heard."""
    one = faulty(lambda server: server.bind_htag("/app", app_name))
    page = open_page(f"{one.url}app/")
    page.click("more")
    _set_clock(monkeypatch, days)
    page.click("more")
    assert len(one.server.guis) == 1


def _asks_for_the_day(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "time"
        and isinstance(node.value, ast.Name)
        and node.value.id == "time"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )


def test_who_asks_for_the_time_of_day() -> None:
    """Each such place is known, with its reason."""
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if _asks_for_the_day(path)
    }
    assert found == set(OF_THE_DAY)
