"""What the README tells people to do, done."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
import threading
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

import quick_htag

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.rst"
TIMEOUT = 30  # seconds for a script to start or to end


@cache
def _blocks() -> dict[str, list[str]]:
    """Python blocks by the title above them."""
    found: dict[str, list[str]] = {}
    parts = re.split(r"^([^\n]+)\n-{4,}\n", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        blocks = re.findall(r"\.\. code-block:: python\n\n((?: {4}[^\n]*\n|\n)+)", text)
        found[title] = [textwrap.dedent(block) for block in blocks]
    return found


def _block(title: str) -> str:
    (block,) = _blocks()[title]
    return block


def _major() -> int:
    import htag

    return 2 if hasattr(htag, "State") else 1


class Script:
    """A block running as a script of its own, on a free port."""

    def __init__(self, source: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", source.replace("8080", "0")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(TIMEOUT, self.process.kill)
        self._watchdog.start()
        self.log = ""
        self.url = self._find_url()

    def _find_url(self) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line
            if found := re.search(r"http://\S+", line):
                return found[0].rstrip("/")
        raise AssertionError(self.log)

    def get(self, path: str) -> str:
        """The body of an answer."""
        with urllib.request.urlopen(self.url + path, timeout=TIMEOUT) as got:
            return got.read().decode()

    def quit(self) -> int:
        """Type ``quit``; the exit code."""
        self.log += self.process.communicate("quit\n")[1]
        self._watchdog.cancel()
        self._watchdog.join()
        return self.process.returncode


def _run_script(source: str, path: str) -> str:
    script = Script(source)
    try:
        body = script.get(path)
    finally:
        code = script.quit()
    assert code == 0, script.log
    return body


def test_first_server_answers() -> None:
    """The first script of the README answers and ends with ``quit``."""
    body = _run_script(_block("A first server"), "/api/hello/ann")
    assert json.loads(body) == {"hello": "ann"}


@pytest.mark.parametrize("major", [1, 2])
def test_live_page_is_served(major: int) -> None:
    """The scripts with a page serve it."""
    if major != _major():
        pytest.skip(f"htag {major} is not installed here")
    title = "A live page with htag 2" if major == 2 else "The same with htag 1"
    assert "not clicked yet" in _run_script(_blocks()[title][0], "/")


def test_an_app_is_tested() -> None:
    """The test of an app in the README passes."""
    if _major() != 2:
        pytest.skip("htag 2 is not installed here")
    exec(_block("Testing apps without a browser"), {})


@pytest.fixture
def run_block(start_server: Callable[..., Any]) -> Callable[[str], Any]:
    """Runs a block that adds to a server; the value is that server, running."""

    def run(title: str) -> Any:
        return start_server(lambda server: exec(_block(title), {"server": server}))

    return run


def _ask(server: Any, path: str, body: bytes | None = None) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(server.url.rstrip("/") + path, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as got:
            return got.status, got.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_routes_answer(run_block: Callable[[str], Any]) -> None:
    """The routes of the README do what they look like."""
    server = run_block("Routes")
    assert json.loads(_ask(server, "/api/add/2/3")[1]) == {"sum": 5}
    assert _ask(server, "/api/add/2")[0] == 404
    assert '"length"' in _ask(server, "/api/notes/ann", b'{"note": "hi"}')[1]
    assert _ask(server, "/api/notes/ann", b"{}")[0] == 400
    assert _ask(server, "/report")[1] == "<h1>report</h1>"


def test_middleware_stands_before_routes(run_block: Callable[[str], Any]) -> None:
    """The middleware of the README lets in who has the key."""
    server = run_block("Middleware")
    request = urllib.request.Request(f"{server.url}me", headers={"X-Key": "secret"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as got:
        assert json.loads(got.read()) == {"user": "ann"}
    assert [_ask(server, path)[0] for path in ("/me", "/mine", "/private/x")] == [401, 401, 403]


def test_tokens_keep_data(run_block: Callable[[str], Any]) -> None:
    """The counter of the README counts."""
    server = run_block("Tokens")
    token = _ask(server, "/login", b"{}")[1].encode()
    assert [json.loads(_ask(server, "/count", token)[1])["count"] for _ in "ab"] == [1, 2]


def test_jobs_deliver(
    run_block: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers of the README compute, yield and keep."""
    monkeypatch.chdir(tmp_path)
    server = run_block("Jobs")
    start = b'{"action": "start", "payload": {"upto": 5}}'
    for _ in "ab":
        assert json.loads(json.loads(_ask(server, "/api/sum", start)[1])["result"]) == 10
    url = f"{server.url}api/steps"
    assert quick_htag.worker_request(url, {}, timeout=TIMEOUT) == [0, 1, 2]
    assert [_ask(server, "/api/answer")[1] for _ in "ab"] == ["42", "42"]
    server.cache.close()


def test_stores_keep_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second start counts on from the first."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        names: dict[str, Any] = {}
        exec(_block("Stores"), names)
        names["store"].close()
    assert capsys.readouterr().out.split() == ["1", "2"]


def test_websockets_talk(run_block: Callable[[str], Any]) -> None:
    """The handlers of the README answer, and one says goodbye."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    url = run_block("Websockets").url.replace("http", "ws", 1)
    with connect(f"{url}echo/hall") as client:
        client.send("hi")
        assert client.recv(TIMEOUT) == "hall: hi"
    with connect(f"{url}wait", subprotocols=["v1"]) as client:
        client.send(b"x")
        assert client.recv(TIMEOUT) == b"x"
        with pytest.raises(ConnectionClosed, match="4000"):
            client.recv(TIMEOUT)


def test_events_come(run_block: Callable[[str], Any]) -> None:
    """The first event of the README comes after a second, and goes on from the last one."""
    request = urllib.request.Request(run_block("Events").url + "news")
    request.add_header("Last-Event-ID", "7")
    with urllib.request.urlopen(request, timeout=TIMEOUT) as got:
        assert [got.readline(), got.readline()] == [b"id: 8\n", b'data: {"number":8}\n']


def test_sessions_keep_data(run_block: Callable[[str], Any]) -> None:
    """A visitor who has entered is known by his cookie."""
    server = run_block("Sessions")
    with requests.Session() as visitor:
        visitor.post(f"{server.url}enter", json={"name": "ann"}, timeout=TIMEOUT)
        answers = [visitor.get(f"{server.url}visits", timeout=TIMEOUT).json() for _ in "ab"]
    assert answers == [{"user": "ann", "count": 1}, {"user": "ann", "count": 2}]
    assert server.logout_everywhere("ann") == 1


def test_static_files_are_served(
    run_block: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the README is served, under the rules it names."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "page.html").write_text("page")
    (tmp_path / "www" / "old.bak").write_text("old")
    monkeypatch.chdir(tmp_path)
    server = run_block("Static files")
    assert _ask(server, "/files/page.html") == (200, "page")
    assert "old.bak" not in _ask(server, "/files/")[1]
    assert _ask(server, "/any/room") == (200, "page")


def test_downloads() -> None:
    """A click has the browser save the lines of the generator."""
    if _major() != 2:
        pytest.skip("the block is written for htag 2")
    from quick_htag.testing import open_app

    names: dict[str, Any] = {}
    exec(_block("Downloads"), names)
    with open_app(names["Report"]) as page:
        page.click("button", "as CSV")
        assert page.download().text.splitlines()[:3] == ["number;square", "0;0", "1;1"]


def test_uploads(run_block: Callable[[str], Any]) -> None:
    """A file arrives with name, type and size."""
    server = run_block("Uploads")
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nline\r\n--x--"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(server.url + "upload", body, headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT) as got:
        assert json.load(got) == {"name": "a.txt", "type": "text/plain", "size": 4}


def test_outside_settings_are_followed(run_block: Callable[[str], Any]) -> None:
    """The settings of the README take effect."""
    server = run_block("Origins, names and proxies")
    headers = {"Host": "api.example.org", "Origin": "https://example.org"}
    request = urllib.request.Request(server.url, headers=headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=TIMEOUT)
    with caught.value as answer:
        assert (answer.code, answer.headers["Access-Control-Allow-Origin"]) == (
            404,
            "https://example.org",
        )
    assert _ask(server, "/")[0] == 421  # 127.0.0.1 is not in the list
    assert _ask(server, "/healthz")[0] == 200


def test_proxy_paths(run_block: Callable[[str], Any]) -> None:
    """The comment of the README is right about paths."""
    mount = run_block("Proxy").app._relays.find("/shop/a")
    assert mount.target.translate("/shop/a") == "/stock/a"


def test_https_is_served(authority: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of the README finds its files and is a secure one."""
    (tmp_path / "server.crt").write_bytes(Path(authority.certfile).read_bytes())
    (tmp_path / "server.key").write_bytes(Path(authority.keyfile).read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(_block("HTTPS").replace("8443", "0"), names)
    with names["secure"] as server:
        server.start()
        url, context = f"{server.url}nothing", authority.client_context()
        with pytest.raises(urllib.error.HTTPError, match="404") as caught:
            urllib.request.urlopen(url, timeout=TIMEOUT, context=context)
        caught.value.close()


def test_command_runs(run_block: Callable[[str], Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The command of the README can be typed."""
    run_block("The prompt").handle_cmd("greet ann")
    assert "hello ann" in capsys.readouterr().err


def test_embedded_server_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """The block for notebooks serves, and stops at its end."""
    source = _block("In a notebook or another program")
    ask = "    got = urllib.request.urlopen(server.url + 'api/answer', timeout=30).read()\n"
    names: dict[str, Any] = {"urllib": urllib}
    exec(source + ask, names)
    assert json.loads(names["got"]) == 42
    assert names["server"].done


def test_settings_are_taken() -> None:
    """The settings of the README exist."""
    exec(_block("Limits and timeouts"), {})


def test_runner_scripts_work(
    app_name: str,
) -> None:
    """The runner of the README opens an app, and answers with JSON."""
    names: dict[str, Any] = {}
    exec(_block("Coming from htag or htagweb").replace("shop:App", app_name), names)
    runner = names["app"]
    runner.host, runner.port = "127.0.0.1", 0
    with runner:
        assert json.loads(_ask(runner.server, "/row/5")[1]) == {"row": 5}
        assert _ask(runner.server, "/")[0] == 200


def test_own_test_passes() -> None:
    """The test of the README is one."""
    names: dict[str, Any] = {}
    exec(_block("Testing your own server"), names)
    names["test_hello"]()


@pytest.mark.parametrize("target", ["run", "test", "lint", "types", "bench"])
def test_make_targets_exist(target: str) -> None:
    """What ``make`` is said to do is in the Makefile."""
    assert f"make {target}" in README.read_text(encoding="utf-8")
    assert f"\n{target}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_a_server_is_operated(start_server: Callable[..., Any]) -> None:
    """What the README asks a server for is there, from code and over HTTP."""
    names: dict[str, Any] = {}
    server = start_server(lambda server: exec(_block("Operating it"), {"server": server}, names))
    assert requests.get(f"{server.url}-/metrics", timeout=TIMEOUT).status_code == 401
    headers = {"Authorization": f"Bearer {names['token']}"}
    answer = requests.get(f"{server.url}-/metrics", headers=headers, timeout=TIMEOUT)
    assert "quick_htag_requests_total" in answer.text


def test_every_block_is_tested() -> None:
    """A new block gets a test here."""
    with_blocks = {title for title, blocks in _blocks().items() if blocks}
    source = Path(__file__).read_text(encoding="utf-8")
    assert not [title for title in with_blocks if f'"{title}"' not in source]


@pytest.mark.parametrize(
    "path",
    [
        "docs/architecture.rst",
        "docs/deployment.rst",
        "docs/differences.rst",
        "docs/parano.rst",
        "docs/process.rst",
        "docs/runners.rst",
        "docs/sockets.rst",
        "docs/stores.rst",
        "CHANGELOG.md",
        "LICENSE",
        ".ci/run",
    ],
)
def test_named_files_exist(path: str) -> None:
    """Files the README points to are there."""
    assert path in README.read_text(encoding="utf-8")
    assert (ROOT / path).exists()
