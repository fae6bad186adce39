"""Scripts that accept connections themselves."""

from __future__ import annotations

import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import ConfigurationError, MessageLog, QuickServer

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 30.0  # seconds

LOOP = """
from quick_htag import create_server
with create_server(("", 0)) as server:
    server.start_cmd_loop()
    server.start_cmd_loop()
    while not server.done:
        server.handle_request()
"""


@pytest.fixture
def server(no_thread_left: None) -> Iterator[QuickServer]:
    """A server that nobody has started."""
    with QuickServer(("", 0), log=MessageLog(StringIO())) as made:
        made.no_command_loop = True
        made.text_get("/x", 0)(lambda req, args: "x")
        yield made


@pytest.fixture
def ask(server: QuickServer) -> Iterator[Any]:
    """``ask()`` sends a request on another thread; its answer is in the list it gives."""
    threads: list[threading.Thread] = []

    def start() -> list[str]:
        answers: list[str] = []
        url = f"{server.url}x"
        one = threading.Thread(
            target=lambda: answers.append(requests.get(url, timeout=TIMEOUT).text)
        )
        threads.append(one)
        one.start()
        answers_of.append((one, answers))
        return answers

    answers_of: list[tuple[threading.Thread, list[str]]] = []
    yield start
    for one, answers in answers_of:
        one.join(TIMEOUT)
        assert answers == ["x"]


def test_each_call_is_for_one_connection(server: QuickServer, ask: Any) -> None:
    """As often as it is called, also when the threads of the server are faster."""
    for _ in range(5):
        ask()
        server.handle_request()


def test_connections_between_two_calls_count(server: QuickServer, ask: Any) -> None:
    """The threads of the server have taken them already."""
    server.start()
    for _ in range(3):
        requests.get(f"{server.url}x", timeout=TIMEOUT)
    for _ in range(3):
        server.handle_request()


def test_it_ends_when_the_server_is_to_stop(server: QuickServer) -> None:
    """A loop around it ends soon after ``done``."""
    threading.Timer(0.05, setattr, (server, "done", True)).start()
    while not server.done:
        server.handle_request()


def test_it_ends_after_its_time(server: QuickServer) -> None:
    """``server.timeout`` is for those who do not want to wait for ever."""
    told: list[bool] = []
    server.timeout = 0.01
    server.handle_timeout = lambda: told.append(True)  # type: ignore[method-assign]
    server.handle_request()
    assert told == [True]


def test_after_the_end_it_returns(server: QuickServer) -> None:
    """A stopped server takes no connections."""
    server.server_close()
    server.handle_request()


@pytest.mark.parametrize("error", [BrokenPipeError, ConnectionResetError])
def test_clients_that_leave_are_no_errors(server: QuickServer, error: type[OSError]) -> None:
    """They are ignored, others are reported."""
    for raised, ignored in ((error(), True), (ValueError("a bug"), False)):
        try:
            raise raised
        except (OSError, ValueError):
            assert server.can_ignore_error() is ignored
            server.handle_error(("127.0.0.1", 1), ("127.0.0.1", 1))  # type: ignore[arg-type]
    said = server.log.file.getvalue()  # type: ignore[union-attr]
    assert said.count("Error in request") == 1
    assert "a bug" in said


def test_version_string(server: QuickServer) -> None:
    """It comes first, on this server only, and can be replaced while it serves."""
    server.start()
    for text in ("app/1", "app/2"):
        server.update_version_string(text)
        headers = requests.get(f"{server.url}x", timeout=TIMEOUT).headers
        assert headers["server"] == server.server_version == f"{text} quick_htag"


@pytest.mark.parametrize("text", ["a\r\nb", "\N{SNOWMAN}"])
def test_version_string_that_cannot_be_sent(server: QuickServer, text: str) -> None:
    """It is refused, and the old one stays."""
    with pytest.raises(ConfigurationError):
        server.update_version_string(text)
    assert server.server_version == "quick_htag"


def test_a_prompt_beside_a_loop() -> None:
    """Commands are read without ``serve_forever``, and ``quit`` ends the loop."""
    done = subprocess.run(
        [sys.executable, "-c", LOOP],
        input="help\nquit\n",
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).resolve().parents[1],
    )
    assert (done.returncode, done.stderr.count("available commands:")) == (0, 1)
