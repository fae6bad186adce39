"""A program with two servers, both in the same workers: they know nothing of each other."""

from __future__ import annotations

import http.client
import json
import re
import sys
import types
from urllib.parse import urlsplit

import pytest

from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")


@pytest.fixture(scope="module")
def both(workers_for_real):
    """The addresses of both servers, and the tokens of their monitors."""
    program = workers_for_real(script="two_sites.py")
    program.workers(2)
    other = urlsplit(program.ask()["other"])
    tokens = dict(re.findall(r"(first|second) token (\S+)", program.said))
    return types.SimpleNamespace(
        program=program, first=program.address, second=(other.hostname, other.port), tokens=tokens
    )


def _ask(address, method, path, body=None, **fields):
    connection = http.client.HTTPConnection(*address, timeout=30.0)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), fields)
        answer = connection.getresponse()
        text = answer.read()
        told = json.loads(text) if answer.status == 200 else None
        return answer.status, told, (answer.getheader("Set-Cookie") or "").partition(";")[0]
    finally:
        connection.close()


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_job_of_each_is_known_to_all_workers(both, which):
    """That it runs, whichever is asked, and that it is to stop."""
    address, head = getattr(both, which), {"Content-Type": "application/json"}

    def post(**body):
        status, told, _ = _ask(address, "POST", "/job", body, **head)
        assert status == 200
        return told

    for _ in range(3):
        token = post(action="start", payload={})["token"]
        until(lambda token=token: "progress" in post(action="get", token=token))
        for _ in range(8):  # each on a connection of its own, so some come to the other worker
            assert post(action="get", token=token)["progress"]["text"] == which
        post(action="stop", token=token)
        both.program.wait_for(f"a job of the {which} was stopped")


def test_a_session_of_one_is_none_of_the_other(both):
    """As in one process, where each has a store of its own."""
    _, told, cookie = _ask(both.first, "GET", "/count")
    assert told["count"] == 1
    name = _ask(both.second, "GET", "/count")[2].partition("=")[0]
    forged = f"{name}={cookie.partition('=')[2]}"
    assert _ask(both.second, "GET", "/count", Cookie=forged)[1]["count"] == 1
    assert _ask(both.first, "GET", "/count", Cookie=cookie)[1]["count"] == 2


def test_each_monitor_tells_of_its_own(both):
    """And takes its own token only."""
    _ask(both.second, "GET", "/count")

    def sessions(which, token):
        head = {"Authorization": f"Bearer {both.tokens[token]}"}
        return _ask(getattr(both, which), "GET", "/-/sessions", **head)

    assert sessions("first", "second")[0] == 401
    first, second = sessions("first", "first")[1], sessions("second", "second")[1]
    assert second
    assert not {row["session"] for row in first} & {row["session"] for row in second}
