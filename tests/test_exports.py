"""The public surface is a list, and it is kept."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import GenericAlias

import pytest

import quick_htag

ROOT = Path(__file__).resolve().parent.parent

# Makes names impossible to import, starts a server that has no GUI, and asks it something.
WITHOUT = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"htag", "websockets", "readline", "requests"}:
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Refuse())

import urllib.request
from quick_htag import create_server

with create_server(("", 0)) as server:
    server.no_command_loop = True

    @server.json_get("/answer", 0)
    def answer(req, args):
        return {"answer": 42}

    server.start()
    with urllib.request.urlopen(server.url.rstrip("/") + "/answer", timeout=60) as got:
        print(got.read().decode())
"""


# Imports the package and names what came with it.
LOADED = """
import sys
before = set(sys.modules)
import quick_htag
print(*{name for name in set(sys.modules) - before if name.startswith("quick_htag.")})
"""


def _imported() -> dict[str, str]:
    """Name and module of what type checkers see in the package."""
    tree = ast.parse(Path(quick_htag.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.asname or alias.name: f"quick_htag.{node.module}"
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_all_is_what_there_is() -> None:
    """``__all__`` names what type checkers see: no more, no less."""
    assert {*_imported(), "__version__"} == set(quick_htag.__all__) == set(dir(quick_htag))


@pytest.mark.parametrize(("name", "module"), sorted(_imported().items()))
def test_name_is_where_type_checkers_see_it(name: str, module: str) -> None:
    """What a name gives when it is used is what is imported for type checkers."""
    there = {"QuickServerRequestHandler": "Request"}.get(name, name)
    assert getattr(quick_htag, name) is getattr(importlib.import_module(module), there)


def test_a_name_that_is_not_there_is_told() -> None:
    """A name with a typing error is no attribute, as in any other module."""
    with pytest.raises(AttributeError, match="has no attribute 'creat_server'"):
        quick_htag.creat_server  # noqa: B018
    with pytest.raises(ImportError, match="creat_server"):
        from quick_htag import creat_server  # noqa: F401


def test_garbage_is_collected_as_before() -> None:
    """Loading a part switches the collector back to what it was, also when it fails."""
    code = "import gc, quick_htag; {}; quick_htag.Settings; print(gc.isenabled())"
    for before, expected in (("gc.enable()", "True"), ("gc.disable()", "False")):
        command = [sys.executable, "-c", code.format(before)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.stdout.strip() == expected, done.stderr


def test_nothing_is_loaded_before_it_is_used() -> None:
    """The import alone loads the version, and what must be noted at once."""
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert sorted(done.stdout.split()) == [
        "quick_htag.loading",
        "quick_htag.process",
        "quick_htag.process.beginning",
        "quick_htag.version",
    ], done.stderr


def test_all_is_sorted_and_without_repeats() -> None:
    """A name is found in the list where one looks for it."""

    def place(name: str) -> tuple[bool, bool, str]:  # constants, classes, functions: as ruff has it
        return not name.isupper(), not name[0].isupper(), name

    assert list(quick_htag.__all__) == sorted(set(quick_htag.__all__), key=place)


@pytest.mark.parametrize("name", sorted(_imported()))
def test_name_is_documented(name: str) -> None:
    """Every public class and function says what it is for."""
    value = getattr(quick_htag, name)
    if isinstance(value, GenericAlias):  # no class, whatever 3.10 says
        return
    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__doc__, f"{name} needs a docstring"


# Serves an endpoint, asks it once, and names what was loaded before and since.
SERVED = """
import socket, sys
from quick_htag import create_server

with create_server(("127.0.0.1", 0)) as server:
    server.no_command_loop = True

    @server.json_get("/answer", 0)
    def answer(req, args):
        return {"answer": 42}

    server.start()
    before = set(sys.modules)
    with socket.socket() as client:
        client.settimeout(30)
        client.connect(server.server_address)
        fields = b"Host: 127.0.0.1\\r\\nConnection: close"
        client.sendall(b"GET /answer HTTP/1.1\\r\\n" + fields + b"\\r\\n\\r\\n")
        got = b"".join(iter(lambda: client.recv(65536), b""))
        assert b" 200 " in got, got
    since = set(sys.modules) - before
print(*sorted(before))
print(*sorted(since))
"""
NOT_NEEDED = {"asyncio", "ctypes", "dataclasses", "hashlib", "inspect", "logging", "sqlite3"} | {
    *("multiprocessing", "subprocess", "tempfile", "traceback", "websockets", "zipfile"),
    *("quick_htag.guis", "quick_htag.jobs", "quick_htag.proxy", "quick_htag.runners"),
    *("quick_htag.file_service", "quick_htag.middleware.cors", "quick_htag.process.commands"),
    *("quick_htag.process.handover", "quick_htag.process.prompt", "quick_htag.uploads"),
    *("quick_htag.sockets", "quick_htag.stores", "quick_htag.tracebacks"),
    *("quick_htag.middleware.error_pages", "quick_htag.middleware.slow"),
    *("quick_htag.transports.handshakes", "quick_htag.transports.sidecar"),
}


def test_a_server_of_endpoints_loads_what_it_needs_at_its_start() -> None:
    """Nothing that only others need, and nothing when the first request comes."""
    command = [sys.executable, "-S", "-c", SERVED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    before, since = (set(line.split()) for line in done.stdout.split("\n")[:2])
    assert before & NOT_NEEDED == set()
    assert since == set()


# Serves an app, asks for its page, and names what of this package was loaded.
SERVED_APP = """
import sys, urllib.request
import htag
from quick_htag import create_server

class App(htag.Tag.App if hasattr(htag, "State") else htag.Tag.body):
    def init(self):
        self <= "here it is"

with create_server(("127.0.0.1", 0)) as server:
    server.bind_htag("/", App)
    with urllib.request.urlopen(server.url, timeout=30) as got:
        assert b"here it is" in got.read()
print(*(name for name in sys.modules if name.startswith("quick_htag.")))
"""
NOT_NEEDED_BY_PAGES = {
    *("quick_htag.cipher", "quick_htag.guis.app_source", "quick_htag.guis.attachment"),
    *("quick_htag.guis.sealed_codec", "quick_htag.handlers.gui_failure", "quick_htag.isolation"),
    *("quick_htag.jobs", "quick_htag.messages.channel", "quick_htag.messages.problem_html"),
    *("quick_htag.transports.tls_stream", "quick_htag.transports.tunnel"),
    *("quick_htag.guis.kept_states", "quick_htag.guis.poll_link", "quick_htag.guis.problems"),
    *("quick_htag.guis.receiver", "quick_htag.handlers.endpoints", "quick_htag.messages.encoding"),
    *("quick_htag.messages.json_text", "quick_htag.messages.later_body"),
    *("quick_htag.messages.navigation", "quick_htag.messages.websocket"),
    *("quick_htag.middleware.error_pages", "quick_htag.middleware.slow"),
    *("quick_htag.transports.body_reader", "quick_htag.transports.guest"),
    *("quick_htag.transports.handshakes", "quick_htag.transports.websocket"),
}


def test_the_first_page_of_an_app_loads_what_it_needs(major: int) -> None:
    """What comes with a websocket, a file, a failure or encryption is loaded with the first one."""
    command = [sys.executable, "-c", SERVED_APP]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split("\n")[-2].split())
    assert "quick_htag.guis.host" in loaded
    assert loaded & NOT_NEEDED_BY_PAGES == set()


def test_version_is_text() -> None:
    """``__version__`` is the version as text."""
    assert quick_htag.__version__.count(".") == 2


def test_works_without_optional_modules() -> None:
    """Without htag, websockets and readline everything but the GUI works."""
    command = [sys.executable, "-W", "error", "-c", WITHOUT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"answer": 42}
