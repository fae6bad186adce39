"""Scripts of the manuals of htagweb and htag 2, as printed but for their import line.

They run as programs of their own. Only the address differs: a free port of this machine.
"""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 20.0  # seconds

ANY_PORT = """
import quick_htag.runners.base as base
from quick_htag import Settings
real, settings = base.create_server, Settings(desktop_grace=0.05)
def create_server(address, **more):
    return real(("127.0.0.1", 0), **{**more, "settings": settings})
base.create_server = create_server
"""
APP1 = """
from htag import Tag

class App(Tag.div):
    def init(self):
        self+= "hello world"
"""
APP_SERVER = """
from quick_htag import AppServer
AppServer( App ).run()
"""
WEB_SERVER = """
from quick_htag import WebServer # or WebServerWS
WebServer( App ).run()
"""
FOR_WORKERS = """
from quick_htag import AppServer
app=AppServer( App )
"""
# of the diff: what its own __init__ does for the page at the root
SERVE = """
from quick_htag import WebServerWS

class Site(WebServerWS):
    def __init__(self, obj):
        WebServerWS.__init__(self)
        async def handleHome(request):
            return await self.serve(request,obj)
        self.add_route( '/', handleHome )

Site(App).run(host="0.0.0.0", port=8000, openBrowser=False)
"""
STARLETTE = """
from htag import Tag

class MyApp(Tag.App):
    def init(self):
        self <= Tag.h1("I am a web app")

# where the manual mounts WebApp(MyApp).app beside the routes of Starlette:
from quick_htag import create_server
app = create_server(("127.0.0.1", 0))
app.bind_htag("/htag", MyApp)

@app.json_get("/api")
def api(req, args):
    return {"status": "ok"}

print("listens at", app.url, file=__import__("sys").stderr, flush=True)
if __name__ == "__main__":
    app.serve_forever()
"""
CHROME = """
from htag import Tag
from quick_htag import ChromeApp

class MyApp(Tag.App):
    pass

if __name__ == "__main__":
    # debug=True (default) enables browser-side error reporting
    ChromeApp(MyApp, width=600, height=800, debug=True).run()
"""
CHROME_ANY_PORT = """
from htag import Tag

class MyApp(Tag.App):
    pass

if __name__ == "__main__":
    from quick_htag import ChromeApp
    # Automatically picks a free port
    ChromeApp(MyApp).run(port=0)
"""
BROWSER = """#!{python}
import sys, urllib.request
url = next(one for one in sys.argv if one.startswith("--app=")).removeprefix("--app=")
body = urllib.request.urlopen(url, timeout=60).read().decode()
open({shown!r}, "w").write(" ".join(sys.argv[1:]) + body)
"""


class Script:
    """A program that serves."""

    def __init__(self, source: str, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", ANY_PORT + source],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(LIMIT, self.process.kill)
        self._watchdog.start()

    def url(self) -> str:
        """Where it listens."""
        assert self.process.stderr is not None
        said = ""
        for line in self.process.stderr:
            said += line
            if found := re.search(r"listens at (http://\S+)", line):
                return found[1]
        raise AssertionError(said)

    def end(self, *, ask: bool = True) -> int:
        """The exit code; ``ask``: after SIGTERM."""
        if ask:
            self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=LIMIT)[1]
        assert "Traceback" not in said, said
        return self.process.returncode

    def close(self) -> None:
        """Nothing is left behind."""
        self._watchdog.cancel()
        self._watchdog.join()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def run_script() -> Iterator[Callable[..., Script]]:
    """``run_script(source, **environment)``."""
    started: list[Script] = []

    def run(source: str, **env: str) -> Script:
        started.append(Script(source, env))
        return started[-1]

    yield run
    for script in started:
        script.close()


@pytest.fixture
def htag1() -> None:
    """Skips without htag 1."""
    pytest.importorskip("htag.render", exc_type=ImportError)


@pytest.fixture
def htag2() -> None:
    """Skips without htag 2."""
    pytest.importorskip("htag.runner", exc_type=ImportError)


@pytest.mark.usefixtures("htag1")
@pytest.mark.parametrize(
    "source",
    [APP_SERVER, WEB_SERVER, WEB_SERVER.replace("WebServer", "WebServerWS"), SERVE],
    ids=["AppServer", "WebServer", "WebServerWS", "serve"],
)
def test_hello_world(run_script: Any, source: str) -> None:
    """The first script of the manuals of htagweb."""
    script = run_script(APP1 + source)
    assert "hello world" in requests.get(script.url(), timeout=LIMIT).text
    assert script.end() == 0


@pytest.mark.usefixtures("htag1")
def test_a_module_for_workers_can_be_imported() -> None:
    """``app = AppServer(App)`` binds nothing; it serves when it is run."""
    names: dict[str, Any] = {"__name__": "server"}
    exec(APP1 + FOR_WORKERS, names)
    runner = names["app"]
    runner.host, runner.port = "127.0.0.1", 0
    with runner:
        assert "hello world" in requests.get(runner.url, timeout=LIMIT).text


@pytest.mark.usefixtures("htag2")
def test_an_app_beside_routes(run_script: Any) -> None:
    """What the manual of htag 2 does with Starlette."""
    script = run_script(STARLETTE)
    url = script.url()
    assert "I am a web app" in requests.get(f"{url}htag", timeout=LIMIT).text
    assert requests.get(f"{url}api", timeout=LIMIT).json() == {"status": "ok"}
    assert script.end() == 0


@pytest.mark.usefixtures("htag2")
@pytest.mark.skipif(os.name == "nt", reason="its browser is a script")
@pytest.mark.parametrize(
    ("source", "size"), [(CHROME, "600,800"), (CHROME_ANY_PORT, "800,600")], ids=["size", "port"]
)
def test_a_window_of_its_own(run_script: Any, tmp_path: Path, source: str, size: str) -> None:
    """The desktop scripts of htag 2: the browser shows the app, and with it the program ends."""
    browser, shown = tmp_path / "google-chrome-stable", tmp_path / "shown"
    browser.write_text(BROWSER.format(python=sys.executable, shown=str(shown)))
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    script = run_script(source, PATH=str(tmp_path))
    assert script.end(ask=False) == 0
    assert f"--window-size={size}" in shown.read_text()
    assert "<body" in shown.read_text()
