"""The browser's client of jobs, as an application serves it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from quick_htag import App, __version__
from quick_htag.errors import ConfigurationError
from quick_htag.script_methods import MARK, worker_script
from quick_htag.testing import TestClient

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def client() -> TestClient:
    """A client of an application that serves both forms."""
    app = App()
    app.link_worker_js("/js/worker.js")
    app.link_legacy_worker_js("/js/worker.legacy.js")
    return TestClient(app)


def test_module_exports_its_names_and_needs_no_other_file(client: TestClient) -> None:
    """One file is all that a page has to load."""
    text = client.get("/js/worker.js").text
    assert re.findall(r"^(?:import|export)\b.*", text, re.MULTILINE) == [
        'export const { WorkerError, VERSION, CONFIG, Worker } = modules["worker.js"];'
    ]


def test_classic_script_is_no_module(client: TestClient) -> None:
    """It can stand behind ``<script src>``, where ``export`` is a syntax error."""
    text = client.get("/js/worker.legacy.js").text
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)


@pytest.mark.parametrize("path", ["/js/worker.js", "/js/worker.legacy.js"])
def test_browsers_ask_again_and_need_not_load_again(client: TestClient, path: str) -> None:
    """A new version of the server is not talked to by an old script."""
    first = client.get(path)
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.content) == (304, b"")


def test_it_says_where_it_comes_from() -> None:
    """The first line has the mark by which our own files are known, and the version."""
    for classic in (True, False):
        first = worker_script(classic=classic).partition("\n")[0]
        assert first.startswith(f"{MARK} {__version__} ")


def test_versions_agree() -> None:
    """The script and its package say the version of the server."""
    source = (ROOT / "js" / "worker.js").read_text(encoding="utf-8")
    assert f'export const VERSION = "{__version__}";' in source
    package = (ROOT / "js" / "package.json").read_text(encoding="utf-8")
    assert f'"version": "{__version__}"' in package


def test_a_mask_that_cannot_work_is_refused() -> None:
    """As for every route."""
    with pytest.raises(ConfigurationError):
        App().link_worker_js("worker.js")
