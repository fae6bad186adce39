"""What a command line starts."""

from __future__ import annotations

import queue
import socket
import sys
import threading
import webbrowser
from pathlib import Path

import pytest
import requests

from quick_htag import ConfigurationError
from quick_htag.command_line import program
from quick_htag.command_line.arguments import argument_parser
from quick_htag.command_line.program import is_loopback, run_script, serve_target
from quick_htag.command_line.target import Target, find_target
from quick_htag.process import restart
from quick_htag.process.restart import source_errors

LIMIT = 30.0  # seconds


def given(*words):
    """A command line."""
    return argument_parser().parse_args([*words])


@pytest.fixture
def serving(folder, monkeypatch, no_thread_left):
    """``serving(target, *words)``: what is served so, on another thread, until the test is over."""
    made: queue.Queue = queue.Queue()
    create = program.create_server

    def create_server(*args, **options):
        server = create(*args, **options)
        server.no_command_loop = True
        made.put(server)
        return server

    started = []

    def serve(text, *words):
        monkeypatch.setattr(program, "create_server", create_server)
        args = (given("-p", "0", *words), find_target(text, folder))
        thread = threading.Thread(target=serve_target, args=args)
        thread.start()
        started.append((made.get(timeout=LIMIT), thread))
        server = started[-1][0]
        requests.get(f"{server.url}favicon.ico", timeout=LIMIT)  # it is ready
        return server

    yield serve
    for server, thread in started:
        server.done = True
        thread.join(LIMIT)


def test_a_broken_index_is_told(serving, folder, capfd):
    """At the prompt, as the page of the folder is not what was expected."""
    (folder / "index.py").write_text("x = 1\ndef (x\n")
    serving(None)
    assert "index.py, line 2: " in capfd.readouterr().err


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("", True),
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.168.1.1", False),
        ("example.org", False),
    ],
)
def test_addresses_of_this_machine_are_known(host, local):
    """The others are reached by strangers."""
    assert is_loopback(host) is local


def test_an_app_is_served(serving):
    """At the root, and an icon."""
    server = serving("shop_cl:Shop")
    assert "hello" in requests.get(server.url, timeout=LIMIT).text
    assert requests.get(f"{server.url}favicon.ico", timeout=LIMIT).status_code == 200


def test_an_app_that_cannot_be_read_is_not_started_again(serving, folder, monkeypatch):
    """The command ``restart`` looks at its file, as at a script."""
    monkeypatch.setattr(restart._restart, "begins_with", ())
    serving("shop_cl:Shop")
    assert source_errors() == ""
    (folder / "shop_cl.py").write_text("x = (")
    assert "shop_cl.py" in source_errors()


def test_a_folder_is_served(serving):
    """As a page with its apps, which are opened there."""
    server = serving(None)
    assert "Shop" in requests.get(server.url, timeout=LIMIT).text
    assert "hello" in requests.get(f"{server.url}shop_cl.py/Shop", timeout=LIMIT).text


def test_tracebacks_are_told_to_this_machine_only(serving):
    """Unless somebody says otherwise."""
    assert serving("shop_cl").debug is True
    assert serving("shop_cl", "--no-debug").debug is False


def test_options_reach_the_app(serving):
    """Encryption and transports, say."""
    server = serving("shop_cl", "--parano", "--transports", "sse", "--isolation", "loop")
    text = requests.get(server.url, timeout=LIMIT).text.replace(" ", "")
    assert '"transports":["sse"]' in text
    assert '"password"' in text


def test_sessions_may_outlive_the_server(serving, tmp_path):
    """In a file that is named."""
    server = serving("shop_cl", "--persist", "--store", str(tmp_path / "kept.db"))
    assert requests.get(server.url, timeout=LIMIT).status_code == 200
    assert (tmp_path / "kept.db").exists()


def test_a_browser_is_opened_when_asked(serving, monkeypatch):
    """With the address that is served."""
    opened: queue.Queue = queue.Queue()
    monkeypatch.setattr(webbrowser, "open_new_tab", lambda url: opened.put(url) or True)
    server = serving("shop_cl", "--open")
    assert opened.get(timeout=LIMIT) == server.url


def test_a_folder_is_for_this_machine_only(folder):
    """As its page runs files."""
    with pytest.raises(ConfigurationError, match="for this machine only"):
        serve_target(given("-a", "0.0.0.0", "-p", "0"), find_target(None, folder))


def test_a_taken_port_is_explained(folder):
    """With a way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ("-p", str(taken.getsockname()[1]))
        with pytest.raises(ConfigurationError, match=r"cannot listen at .*0 takes a free"):
            serve_target(given(*words), find_target("shop_cl", folder))


@pytest.fixture
def script(folder, monkeypatch):
    """A script that tells how it was run."""
    monkeypatch.setattr(sys, "argv", [*sys.argv])
    (folder / "tells_cl.py").write_text(
        "import pathlib, sys\n"
        "pathlib.Path(__file__).with_name('told').write_text(f'{__name__} {sys.argv[1:]} "
        "{sys.path[0]}')\n"
    )
    return folder / "tells_cl.py"


@pytest.mark.parametrize("as_module", [False, True])
def test_a_script_is_run_as_python_runs_it(script, monkeypatch, as_module, capsys):
    """With its arguments and its folder; and that is said."""
    monkeypatch.syspath_prepend(str(script.parent))
    target = Target("tells", module="tells_cl") if as_module else Target("tells", script=script)
    run_script(given(), target, ["-x", "1"])
    told = (script.parent / "told").read_text()
    assert told == f"__main__ ['-x', '1'] {Path(script.parent)}"
    assert "tells makes a server itself, so it is run as a script" in capsys.readouterr().err


def test_options_for_a_server_are_not_for_scripts(script):
    """They would do nothing there, so the script is not run."""
    with pytest.raises(ConfigurationError, match="--port, --parano cannot be set here"):
        run_script(given("-p", "1", "--parano"), Target("tells", script=script), [])
    assert not (script.parent / "told").exists()
