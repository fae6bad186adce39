"""What the servers of the cluster share: jobs in Dask, topics, and what a page has shown."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import worker_request
from tests.cluster.conftest import EXAMPLE, needs

LIMIT = 60.0  # seconds
PRIMES = 78498  # below a million


def test_jobs_run_in_dask(start_cluster: Callable[..., Any]) -> None:
    """A job is started at one server; any may be asked for its result."""
    cluster = start_cluster("haproxy")
    assert worker_request(f"{cluster.url}primes", 1_000_000, timeout=LIMIT) == PRIMES


@pytest.mark.browser
def test_a_page_survives_its_server(start_cluster: Callable[..., Any], chromium: Any) -> None:
    """The server of a page is killed: the page comes back by itself, with what it has shown."""
    cluster = start_cluster("nginx", dask=False)
    other, page = chromium.new_context().new_page(), chromium.new_context().new_page()
    for one in (other, page):
        one.goto(cluster.url)
        one.wait_for_function("!document.body.matches('.htagoff, .interacting')")
    for number in (1, 2, 3):
        page.click("button.more")
        page.wait_for_function(f"document.querySelector('.clicks').innerText == '{number}'")
    page.click("button.hello")
    other.wait_for_selector("li:has-text('a visitor with 3 clicks says hello')")
    port = page.evaluate("fetch('where').then((answer) => answer.json())")["port"]
    [server] = [one for one in cluster.servers if one.port == port]
    server.kill()
    page.click("button.more")
    shown = "document.querySelector('.clicks')?.innerText == '4'"  # it may load itself again
    page.wait_for_function(shown, timeout=LIMIT * 1000)


def test_one_command_starts_it(tmp_path: Path) -> None:
    """From a terminal, as its text says: servers are killed and begun, ``quit`` ends all."""
    needs("nginx", "redis-server")
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1])}
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLE / "main.py"), "0"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that nothing of it outlives a test that fails
    )
    try:
        assert process.stdin is not None
        assert process.stderr is not None
        url = ""
        while not url:
            line = process.stderr.readline()
            assert line, "it has ended"
            url = (re.findall(r"open (\S+)", line) or [""])[0]
        assert requests.get(url, timeout=LIMIT).status_code == 200
        process.stdin.write("kill 1\nservers\nbegin 1\nservers\n")
        process.stdin.flush()
        said = ""
        while said.count("1: port") < 2 or said.count("3: port") < 2:
            said += process.stderr.readline()
        assert re.findall(r"1: port \d+, (\w+)", said) == ["has", "runs"]
        assert requests.get(url, timeout=LIMIT).status_code == 200
        with suppress(BrokenPipeError):
            process.communicate("quit\n", timeout=LIMIT)
        assert process.returncode == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
