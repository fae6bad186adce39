"""Line 4 of what scripts for quick_server rely on: the wire of its workers, field by field."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import PreventDefaultResponse, QuickServer, Response, Settings, create_server

TIMEOUT = 30
PATIENT = Settings(job_start_wait=TIMEOUT)  # a busy machine needs a while for a quick job, too

# From the manual of quick_server 0.4.9, as it is written there.
WORKER = """
@server.json_worker('/json_worker')
def json_worker(post):
    # post contains all post arguments
    # ...
    # long, slow computation
    return myresult # myresult must be JSON convertible
"""

CACHE = """
cache = QuickCache(base_file, quota=500, ram_quota=100, warnings=msg)
server.cache = cache
"""

CACHED = """
@server.json_worker('/json_worker', cache_id=lambda args: {
        # uniquely identify the task from its arguments (must be JSON convertible)
    })
def json_worker(post):
    # ...
    # long, slow computation
    return myresult # myresult must be JSON convertible
"""

CLEAR = """
def complete_cache_clear(args, text): # args contains already completed arguments; text the currently started one
    if args: # we only allow up to one argument
        return []
    return [ section for section in cache.list_sections() if section.startswith(text) ] # cache is the quick_cache object

@server.cmd(complete=complete_cache_clear)
def cache_clear(args):
    if len(args) > 1: # we only allow up to one argument
      msg("too many extra arguments! expected one got {0}", ' '.join(args))
      return
    msg("clear {0}cache{1}{2}", "" if args else "all ", " " if args else "s", args[0] if args else "")
    cache.clean_cache(args[0] if args else None)
"""  # noqa: E501 as it is written there


class Client:
    """Speaks the protocol with one path."""

    def __init__(self, server: QuickServer, path: str) -> None:
        self.url = f"{server.url}{path}"

    def post(self, **post: Any) -> requests.Response:
        """One request."""
        return requests.post(self.url, json=post, timeout=TIMEOUT)

    def ask(self, **post: Any) -> Any:
        """One answer."""
        answer = self.post(**post)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def serve(start_server: Callable[..., QuickServer]) -> Callable[..., Client]:
    """``serve(fun, settings=PATIENT)``: a client of it."""

    def start(fun: Any, settings: Settings = PATIENT, **attributes: Any) -> Client:
        server = start_server(lambda made: made.json_worker("/job")(fun), settings=settings)
        for name, value in attributes.items():
            setattr(server, name, value)
        return Client(server, "job")

    return start


def _fields(token: Any, done: bool, result: Any, more: bool) -> Any:
    return {"token": token, "done": done, "result": result, "continue": more}


def test_line_4_start_of_a_quick_job(serve: Any) -> None:
    """Exactly four fields; the token is text, the result JSON as text."""
    answer = serve(lambda post: {"got": post}).ask(action="start", payload={"a": 1})
    assert json.loads(answer.pop("result")) == {"got": {"a": 1}}
    assert isinstance(answer.pop("token"), str)
    assert answer == {"done": True, "continue": False}


def test_line_4_get(serve: Any) -> None:
    """Running, done, and gone."""
    begun, go = threading.Event(), threading.Event()
    client = serve(lambda post: (begun.set(), go.wait(TIMEOUT))[1], Settings())
    token = client.ask(action="start", payload={})["token"]
    assert begun.wait(TIMEOUT)  # while it waits for its turn, there is its position, too
    assert client.ask(action="get", token=token) == _fields(token, False, None, True)
    go.set()
    while not (answer := client.ask(action="get", token=token))["done"]:
        assert answer == _fields(token, False, None, True)
    assert answer == _fields(token, True, "true", False)
    assert client.ask(action="get", token=token) == _fields(token, False, None, False)


@pytest.mark.parametrize("token", [0, 12345, "12345", "nonsense"])
def test_line_4_unknown_tokens(serve: Any, token: Any) -> None:
    """``get`` tells that it is over, ``stop`` is no error; both echo the token."""
    client = serve(lambda post: 1)
    assert client.ask(action="get", token=token) == _fields(token, False, None, False)
    assert client.ask(action="stop", token=token) == _fields(token, True, None, False)


def test_line_4_cargo(serve: Any) -> None:
    """At a chunk size of 10, one piece after the other; each once."""
    client = serve(lambda post: list(range(20)), max_chunk_size=10)
    answer = client.ask(action="start", payload={})
    assert (answer["done"], answer["continue"]) == (True, True)
    pieces = [client.ask(action="cargo", token=one) for one in answer["result"]]
    assert json.loads("".join(one["result"] for one in pieces)) == list(range(20))
    assert pieces[0] == _fields(answer["result"][0], True, pieces[0]["result"], False)
    assert client.post(action="cargo", token=answer["result"][0]).status_code == 404


def test_line_4_none_is_null(serve: Any) -> None:
    """And not 404, as it would be for other endpoints."""
    assert serve(lambda post: None).ask(action="start", payload={})["result"] == "null"


def test_line_4_what_fails(serve: Any) -> None:
    """An exception and a ``Response`` are 500; an early answer is what it says."""

    def early(post: Any) -> None:
        raise PreventDefaultResponse(418, "short and stout")

    start = {"action": "start", "payload": {}}
    assert serve(lambda post: post["x"]).post(**start).status_code == 500
    assert serve(lambda post: Response(1)).post(**start).status_code == 500
    answer = serve(early).post(**start)
    assert (answer.status_code, "short and stout" in answer.text) == (418, True)


def test_line_4_a_form_does_too(serve: Any) -> None:
    """As quick_server reads any body."""
    client = serve(lambda post: 1)
    answer = requests.post(client.url, {"action": "stop", "token": "1"}, timeout=TIMEOUT)
    assert answer.json() == _fields("1", True, None, False)


def test_line_4_two_masks_share_no_tokens(start_server: Callable[..., QuickServer]) -> None:
    """A token is looked up for its own path only."""
    go = threading.Event()

    def setup(server: QuickServer) -> None:
        for path in ("/a", "/b"):
            server.json_worker(path)(lambda post: go.wait(TIMEOUT))

    server = start_server(setup)
    token = Client(server, "a").ask(action="start")["token"]
    assert not Client(server, "b").ask(action="get", token=token)["continue"]
    Client(server, "b").ask(action="stop", token=token)
    assert Client(server, "a").ask(action="get", token=token)["continue"]
    go.set()


@pytest.fixture
def manual(start_server: Callable[..., QuickServer], tmp_path: Path, monkeypatch: Any) -> Any:
    """Runs code of the manual for a server, with the real quick_cache."""
    from quick_cache import QuickCache

    from quick_htag import msg

    monkeypatch.chdir(tmp_path)
    (tmp_path / "base").write_text("base")
    # it keeps its files below the current folder, which is another one when a job ends late
    cache = partial(QuickCache, temp=str(tmp_path / "tmp"))
    names: dict[str, Any] = {"QuickCache": cache, "msg": msg, "myresult": [1, 2]}
    names |= {"server": start_server(settings=PATIENT), "base_file": str(tmp_path / "base")}

    def run(*blocks: str) -> dict[str, Any]:
        for block in blocks:
            exec(block, names)
        return names

    return run


def test_line_4_the_manual(manual: Any) -> None:
    """The worker of the manual of 0.4.9 runs as it is written."""
    names = manual(WORKER)
    client = Client(names["server"], "json_worker")
    assert json.loads(client.ask(action="start", payload={})["result"]) == [1, 2]
    assert names["json_worker"]({}) == [1, 2]


def test_line_4_the_manual_with_quick_cache(manual: Any, capsys: Any) -> None:
    """Results come from the package's files, and its command clears them."""
    names = manual(CACHE, CACHED, CLEAR)
    client = Client(names["server"], "json_worker")
    start = {"action": "start", "payload": {}}
    assert json.loads(client.ask(**start)["result"]) == [1, 2]
    names["myresult"] = [3]
    assert json.loads(client.ask(**start)["result"]) == [1, 2]
    names["server"].handle_cmd("cache clear www")
    assert json.loads(client.ask(**start)["result"]) == [3]
    assert "clear cache www" in capsys.readouterr().err


def test_section_2_the_arguments_of_0_7_by_position() -> None:
    """``worker_constructor`` and ``soft_worker_death`` come fifth and sixth."""
    with create_server(("", 0), True, None, None, None, True) as server:
        assert server.soft_worker_death
        assert (server.max_chunk_size, server.verbose_workers) == (10485760, False)
        assert server.cache is None
