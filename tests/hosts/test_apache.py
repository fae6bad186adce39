"""Apache with mod_wsgi, where it is installed for this version of Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from quick_htag.testing import GuiPage
from tests.docs.blocks import read
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE_APPS = Path(__file__).resolve().parents[1] / "live_apps"
ROOT = LIVE_APPS.parents[1]
LIMIT = 30.0
MODULES = "/usr/lib/apache2/modules"
CONFIGURATION = """
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
{user}
Mutex file:{folder} default
ErrorLog {folder}/log
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule wsgi_module {module}
WSGISocketPrefix {folder}/wsgi
{page}
"""


def _module() -> str:
    name = f"{MODULES}/mod_wsgi.so-{sys.version_info.major}.{sys.version_info.minor}"
    if shutil.which("apache2") is None or not Path(name).exists():
        pytest.skip("apache2 with mod_wsgi is not installed for this version of Python")
    return name


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not one of pytest's, which only their owner can open."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _user(places: list[str]) -> str:
    """Apache does not run as root; then another user must be able to read our files."""
    if os.geteuid() != 0:
        return ""
    above = {parent for place in places for parent in [Path(place), *Path(place).parents]}
    if not all(one.stat().st_mode & 0o001 for one in above if one.exists()):
        pytest.skip("the user of apache cannot read these files")
    return "User www-data\nGroup www-data"


def _of_page(folder: Path, places: list[str]) -> str:
    """What the page shows, with our script and without an environment of its own."""
    [block] = [one for one in read(ROOT / "docs" / "hosts.rst") if one.kind == "apache"]
    path = f"python-path={':'.join(places)}"
    shown = block.source.replace("python-home=/srv/site/venv", path)
    assert path in shown
    return shown.replace("/srv/site", str(folder))


@pytest.fixture(scope="module")
def apache(folder: Path) -> Iterator[str]:
    """The address of the site, below a path."""
    pytest.importorskip("htag", exc_type=ImportError)
    module = _module()
    (folder / "web.py").write_text("from hosted_site import make\napplication = make().wsgi\n")
    port = free_port()
    places = [str(LIVE_APPS), str(ROOT), *(one for one in sys.path if one.endswith("-packages"))]
    configuration = folder / "apache.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            port=port,
            modules=MODULES,
            module=module,
            page=_of_page(folder, places),
            user=_user(places),
        )
    )
    command = ["apache2", "-X", "-f", str(configuration)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/some/app/"
    end = time.monotonic() + LIMIT
    while True:
        try:
            requests.get(f"{url}who", timeout=LIMIT)
            break
        except requests.ConnectionError:
            assert time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(LIMIT)


def test_endpoints_and_uploads(apache: str) -> None:
    """Below the path that leads to it."""
    told = requests.get(f"{apache}who?a=1", timeout=LIMIT).json()
    assert (told["url"], told["query"]) == (f"{apache}who?a=1", {"a": "1"})
    data = os.urandom(2_000_000)
    answer = requests.post(f"{apache}upload", files={"file": ("a.bin", data)}, timeout=LIMIT)
    assert answer.text.startswith("a.bin 2000000 ")
    pieces = iter([b'{"numbers": [1,', b" 41]}"])
    fields = {"Content-Type": "application/json"}
    assert requests.post(f"{apache}sum", data=pieces, headers=fields, timeout=LIMIT).json() == 42


def test_files(apache: str) -> None:
    """Whole, a part, and nothing that has not changed."""
    content = (ROOT / "js" / "worker_job.js").read_bytes()
    whole = requests.get(f"{apache}files/worker_job.js", timeout=LIMIT)
    assert whole.content == content
    part = requests.get(whole.url, headers={"Range": "bytes=10-19"}, timeout=LIMIT)
    assert (part.status_code, part.content) == (206, content[10:20])
    fields = {"If-None-Match": whole.headers["ETag"]}
    assert requests.get(whole.url, headers=fields, timeout=LIMIT).status_code == 304


@pytest.mark.parametrize("line", ["sse", "poll"])
def test_live_pages(apache: str, live_apps: Path, line: str) -> None:
    """Events and pushes."""
    from gui_lines import SocketVisitor

    with SocketVisitor(apache, line) as visitor, GuiPage(visitor, "/app") as page:
        page.click(".more")
        page.wait_for("1", ".count", LIMIT)
        page.click(".push")
        page.wait_for("pushed", ".told", LIMIT)
