"""Workers that keep their jobs themselves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.errors import HTTPError, PreventDefaultResponse
from quick_htag.jobs import base_worker
from quick_htag.jobs.base_worker import BaseWorker

TIMEOUT = 30


class Kept(BaseWorker):
    """As a script may have it: dictionaries."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tasks: dict[str, Any] = {}
        self.cargo: dict[str, str] = {}
        self.threads: dict[str, str] = {}

    def is_done(self, key: str) -> bool:
        return self.tasks.get(key, 0) is not None

    def add_cargo(self, content: str) -> list[str]:
        size = self._get_max_chunk_size()
        made = {f"{start}": content[start : start + size] for start in range(0, len(content), size)}
        self.cargo.update(made)
        return list(made)

    def remove_cargo(self, key: str) -> str:
        return self.cargo.pop(key)

    def remove_worker(self, key: str) -> Any:
        return self.tasks.pop(key, (None, ("unknown", None)))

    def get_key(self) -> str:
        return "7"

    def reserve_worker(self) -> str:
        key = self.get_key()
        self.tasks[key] = None
        return key

    def add_task(
        self, key: str, get_thread: Callable[[], threading.Thread], soft_death: bool
    ) -> None:
        self.threads[key] = get_thread().name

    def set_task_result(self, key: str, result: str) -> None:
        self.tasks[key] = (result, None)

    def set_task_pdr(self, key: str, pdr: PreventDefaultResponse) -> None:
        self.tasks[key] = (None, (f"__pdr{pdr.code}", pdr.msg))

    def set_task_err(self, key: str, error: BaseException) -> None:
        self.tasks[key] = (None, ("failed", repr(error)))

    def remove_from_cancelled(self, key: str) -> None:
        self.threads[key] += " ended"


@pytest.fixture
def ask(said: Any, no_thread_left: None) -> Any:
    """``ask(fun, post, cache=None)``; the worker is ``ask.worker``."""

    def send(fun: Any, post: Any = None, cache: Any = None, cache_id: Any = None) -> Any:
        send.worker = Kept(  # type: ignore[attr-defined]
            "/kept",
            fun,
            log=said.message,
            cache_id=cache_id,
            cache=cache,
            cache_method="string",
            cache_section="www",
            thread_factory=threading.Thread,
            name_prefix="kept",
            soft_worker_death=False,
            get_max_chunk_size=lambda: 10,
            is_verbose_workers=lambda: False,
        )
        return send.worker.compute_worker(None, post or {"action": "start"})  # type: ignore[attr-defined]

    return send


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to a start waits for its job as long as a busy machine needs for it."""
    monkeypatch.setattr(base_worker, "_START_WAIT", TIMEOUT)


@pytest.mark.usefixtures("patient")
def test_a_job_on_a_thread_of_its_own(ask: Any) -> None:
    """It is named after its key, and the worker hears of its end."""
    assert ask(lambda payload: 1)["result"] == "1"
    for thread in threading.enumerate():
        if thread.name == "kept-7":
            thread.join(TIMEOUT)
    assert ask.worker.threads == {"7": "kept-7 ended"}


def test_a_slow_job_is_asked_for(ask: Any) -> None:
    """Until it is done."""
    go = threading.Event()
    answer = ask(lambda payload: go.wait(TIMEOUT))
    assert (answer["done"], answer["continue"]) == (False, True)
    go.set()
    while not (answer := ask.worker.compute_worker(None, {"action": "get", "token": 7}))["done"]:
        assert answer["continue"]
    assert (answer["token"], answer["result"]) == (7, "true")


@pytest.mark.usefixtures("patient")
def test_long_results_and_their_end(ask: Any) -> None:
    """The pieces come from the worker; a second time there is none."""
    answer = ask(lambda payload: "x" * 20)
    post = [{"action": "cargo", "token": one} for one in answer["result"]]
    text = "".join(ask.worker.compute_worker(None, one)["result"] for one in post)
    assert json.loads(text) == "x" * 20
    with pytest.raises(HTTPError, match="404"):
        ask.worker.compute_worker(None, post[0])


@pytest.mark.usefixtures("patient")
def test_failures(ask: Any, said: Any) -> None:
    """500, or what the function has answered."""

    def pay(payload: Any) -> None:
        raise PreventDefaultResponse(402, "pay")

    with pytest.raises(HTTPError, match="500"):
        ask(lambda payload: payload["x"])
    assert "KeyError('x')" in said.lines[0]
    with pytest.raises(PreventDefaultResponse, match="402"):
        ask(pay)


def test_stop_and_unknown_tokens(ask: Any) -> None:
    """Both are answered."""
    assert ask(int, {"action": "stop", "token": 0})["done"]
    gone = ask(int, {"action": "get", "token": "1"})
    assert (gone["done"], gone["continue"]) == (False, False)
