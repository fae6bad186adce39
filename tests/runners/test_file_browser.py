"""What a folder shows, and to whom."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.errors import HTTPError
from quick_htag.messages.forms import FormLimits
from quick_htag.messages.request import Request
from quick_htag.runners.file_browser import ADMITTED, FileBrowser
from quick_htag.runners.request import RouteRequest
from quick_htag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[FileBrowser]:
    """Of a folder with a few files."""
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / "_private").mkdir()
    (root / "sub" / "inner_of_browser.py").write_text("class App: pass\nclass Other: pass\n")
    (root / "plain_of_browser.py").write_text("class App: pass\n")
    for name in ("a-b.py", "_x.py", ".y.py", "notes.txt", "json.py"):
        (root / name).touch()
    (tmp_path / "outside.py").touch()
    path = list(sys.path)
    yield FileBrowser(root)
    sys.path[:] = path
    for name in [name for name in sys.modules if name.startswith(("sub", "plain_of_browser"))]:
        del sys.modules[name]


def _request(browser: FileBrowser, query: str = "", session: Any = None) -> RouteRequest:
    request = Request("GET", f"/?{query}")
    data = {ADMITTED: browser.token} if session is None else session
    request.open_session = lambda: data
    limits = FormLimits.of(Settings())
    return RouteRequest(request, None, {}, limits, lambda name, **values: "http://h/")


def _listing(browser: FileBrowser, query: str = "") -> str:
    body = browser.listing(_request(browser, query)).body
    assert isinstance(body, bytes)
    return body.decode()


def test_folders_come_first(browser: FileBrowser) -> None:
    """Hidden ones, other files and names that cannot be imported are left out."""
    assert [entry.name for entry in browser.entries(browser.root)] == [
        "sub/",
        "json.py",
        "plain_of_browser.py",
    ]


def test_links_lead_on(browser: FileBrowser) -> None:
    """A folder by its path, a file by its name for import, and back."""
    assert 'href="./?sub"' in _listing(browser)
    assert 'href="./sub.inner_of_browser"' in _listing(browser, "sub")
    assert 'href="./"' in _listing(browser, "sub")


@pytest.mark.parametrize(
    "query",
    [
        "..",
        "sub/..",
        "/etc",
        "_private",
        "sub/../..",
        "%2e%2e",
        "none",
        "sub%5c..",
        "a%00",
        "a" * 999,
    ],
)
def test_nothing_outside_is_listed(browser: FileBrowser, query: str) -> None:
    """Nor what is hidden."""
    with pytest.raises(HTTPError, match="404"):
        _listing(browser, query)


def test_apps_are_found_by_name(browser: FileBrowser) -> None:
    """The module, or a class in it."""
    assert browser.find("plain_of_browser").App
    assert browser.find("sub.inner_of_browser.Other").__name__ == "Other"
    assert browser.find("sub.inner_of_browser:Other").__name__ == "Other"


@pytest.mark.parametrize(
    "name",
    [
        "os",
        "outside",
        "sub",
        "_x",
        "json",
        "json.decoder",
        "..outside",
        "a-b",
        "sub.none",
        "a" * 999,
    ],
)
def test_other_modules_are_never_imported(browser: FileBrowser, name: str) -> None:
    """Neither those of Python nor what lies beside the folder."""
    with pytest.raises(HTTPError, match="404"):
        browser.find(name)


def test_the_token_lets_in(browser: FileBrowser) -> None:
    """Once; the session remembers, and the address gets rid of it."""
    session: dict[str, Any] = {}
    with pytest.raises(HTTPError, match="403"):
        browser.listing(_request(browser, "", session))
    with pytest.raises(HTTPError, match="403"):
        browser.listing(_request(browser, "token=wrong", session))
    answer = browser.listing(_request(browser, f"token={browser.token}", session))
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://h/")
    assert browser.listing(_request(browser, "", session)).status_code == 200
