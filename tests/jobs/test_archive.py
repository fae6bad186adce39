"""What of jobs outlives the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import MemoryStore, QuickServer, Settings, SQLiteStore, StoreUnavailable, check
from tests.patience import until

TIMEOUT = 30


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """A file."""
    with_file = SQLiteStore(str(tmp_path / "jobs.db"))
    yield with_file
    with_file.close()


class Site:
    """A server with a job that waits to be let go, then returns or raises what it was given."""

    def __init__(self, start_server: Callable[..., QuickServer], store: Any, **more: Any) -> None:
        self.go = threading.Event()
        self.server = start_server(
            lambda made: made.json_worker("/job")(self.work),
            store=store,
            settings=Settings(**more),
        )
        self.url = f"{self.server.url}job"

    def work(self, payload: Any) -> Any:
        """The job."""
        while not self.go.wait(0.01):
            check()
        if "error" in payload:
            raise ValueError(payload["error"])
        return payload

    def ask(self, action: str, **fields: Any) -> Any:
        """One request."""
        return requests.post(self.url, json={"action": action, **fields}, timeout=TIMEOUT)

    def start(self, **payload: Any) -> Any:
        """The token of a job that waits."""
        return self.ask("start", payload=payload).json()["token"]

    def end(self, token: str) -> None:
        """Let it go on to its end."""
        job = self.server.jobs.table.named(token)
        assert job is not None
        self.go.set()
        assert job.ended.wait(TIMEOUT)


@pytest.fixture
def site(start_server: Callable[..., QuickServer], store: Any) -> Callable[..., Site]:
    """``site(**settings)`` starts one more server with that file."""
    return lambda **settings: Site(start_server, store, **settings)


def test_a_result_outlives_its_server(site: Any) -> None:
    """It is fetched from the next one, once."""
    first = site()
    token = first.start(a=1)
    first.end(token)
    first.server.shutdown()
    second = site()
    answer = second.ask("get", token=token).json()
    assert (answer["done"], answer["result"]) == (True, '{\n  "a": 1\n}')
    assert not second.ask("get", token=token).json()["done"]


def test_a_failure_outlives_its_server(site: Any) -> None:
    """As what it was told to be."""
    first = site()
    token = first.start(error="no")
    first.end(token)
    first.server.shutdown()
    assert site().ask("get", token=token).status_code == 500


def test_a_job_that_was_running_is_lost(site: Any) -> None:
    """That is told as an error, once, and not with silence."""
    first = site()
    token = first.start()
    first.server.shutdown()
    first.go.set()
    second = site()
    answer = second.ask("get", token=token)
    assert (answer.status_code, "was lost" in answer.text) == (410, True)
    assert second.ask("get", token=token).status_code == 200


def test_a_job_of_another_live_server_goes_on(site: Any) -> None:
    """Its result is fetched anywhere."""
    first, second = site(), site()
    token = first.start(a=1)
    assert second.ask("get", token=token).json()["continue"]
    first.end(token)
    until(lambda: second.ask("get", token=token).json()["done"])


def test_a_fetched_or_stopped_job_leaves_nothing(site: Any, store: Any) -> None:
    """Neither does one that was done at once."""
    one = site()
    fetched, stopped = one.start(), one.start()
    assert len(store.keys("job:")) == 2
    one.ask("stop", token=stopped)
    one.end(fetched)
    one.ask("get", token=fetched)
    quick = site(job_start_wait=TIMEOUT)
    quick.go.set()
    assert quick.ask("start").json()["done"]
    assert store.keys("job:") == []


def test_tokens_are_not_written(site: Any, store: Any) -> None:
    """Who reads the file cannot pretend to be the visitor."""
    one = site()
    token = one.start()
    (key,) = store.keys("job:")
    assert token not in f"{key} {store.get(key)}"
    one.go.set()


def test_a_session_finds_its_job_again(site: Any) -> None:
    """With a cookie that is still good after the restart, and nobody else does."""
    first = site()
    first.server.json_get("/in")(lambda req, args: req.session.update(name="ann"))
    with requests.Session() as ann:
        ann.get(f"{first.server.url}in", timeout=TIMEOUT)
        start = {"action": "start", "payload": {"a": 1}}
        token = ann.post(first.url, json=start, timeout=TIMEOUT).json()["token"]
        first.end(token)
        (cookie,) = ann.cookies
        first.server.shutdown()
        second = site()
        name = cookie.name.replace(str(first.server.server_port), str(second.server.server_port))
        ann.cookies.set(name, cookie.value)
        assert not second.ask("get", token=token).json()["done"]
        get = {"action": "get", "token": token}
        assert ann.post(second.url, json=get, timeout=TIMEOUT).json()["done"]


def test_a_job_is_found_after_login_and_restart(site: Any) -> None:
    """A login gives the session a new id, and it stays the same session."""
    first = site()
    first.server.json_get("/in")(lambda req, args: req.session.update(name="ann"))
    first.server.json_get("/login")(lambda req, args: req.login("ann"))
    with requests.Session() as ann:
        ann.get(f"{first.server.url}in", timeout=TIMEOUT)
        (before,) = ann.cookies
        start = {"action": "start", "payload": {"a": 1}}
        token = ann.post(first.url, json=start, timeout=TIMEOUT).json()["token"]
        ann.get(f"{first.server.url}login", timeout=TIMEOUT)
        (cookie,) = ann.cookies
        assert cookie.value != before.value
        first.end(token)
        first.server.shutdown()
        second = site()
        name = cookie.name.replace(str(first.server.server_port), str(second.server.server_port))
        ann.cookies.set(name, cookie.value)
        get = {"action": "get", "token": token}
        assert ann.post(second.url, json=get, timeout=TIMEOUT).json()["done"]


def test_stopping_in_another_process_stops_the_job(site: Any, monkeypatch: Any) -> None:
    """When the process that runs it gives its next sign of life."""
    monkeypatch.setattr("quick_htag.jobs.archive._SIGN", 0.01)
    first, second = site(), site()
    token = first.start()
    job = first.server.jobs.table.named(token)
    second.ask("stop", token=token)
    assert not second.ask("get", token=token).json()["continue"]
    assert job.ended.wait(TIMEOUT)
    assert job.state == "cancelled"
    first.go.set()


def test_a_store_in_memory_has_nothing_of_it(start_server: Any) -> None:
    """It ends with the process, where the table has everything."""
    store = MemoryStore()
    one = Site(start_server, store)
    token = one.start()
    assert store.keys("job") == []
    one.end(token)


class Broken(MemoryStore):
    """A store that cannot be reached."""

    shared = True

    def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        raise StoreUnavailable("no disk")

    def delete(self, key: str) -> bool:
        raise StoreUnavailable("no disk")


def test_a_broken_store_does_not_stop_jobs(start_server: Any, capsys: Any) -> None:
    """It is logged."""
    one = Site(start_server, Broken())
    token = one.start(a=1)
    one.end(token)
    assert one.ask("get", token=token).json()["done"]
    assert "no disk" in capsys.readouterr().err
