"""Apps changed by threads that are not theirs, with whichever htag is installed."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag import changing, push
from quick_htag.engines import from_threads
from quick_htag.engines.detect import load_engine

htag = pytest.importorskip("htag", exc_type=ImportError)
MAJOR = load_engine().major
Base = htag.Tag.div if MAJOR == 1 else htag.Tag.App
LIMIT = 30.0


class Board(Base):  # type: ignore[misc,valid-type]
    """Two numbers that belong together."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        self.first, self.second = htag.Tag.b("<1:0>"), htag.Tag.b("<2:0>")
        self += self.first
        self += self.second

    def show(self, first: int, second: int) -> None:
        self.first.clear(f"<1:{first}>")
        self.second.clear(f"<2:{second}>")


def root(hosted: Any) -> Any:
    """The app itself."""
    return hosted.context.session["root"]


@pytest.fixture
def board(host: Callable[..., Any]) -> Any:
    """A board with a connected page."""

    class Kept(Board):
        def init(self) -> None:
            super().init()
            KEPT.append(self)

    hosted = host(Kept)
    hosted.context.session["root"] = KEPT.pop()
    hosted.page()
    hosted.connect()
    hosted.sent.clear()
    return hosted


KEPT: list[Any] = []


def in_threads(count: int, work: Callable[[int], object]) -> None:
    """Run ``work(number)`` in plain threads until all are done."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert not any(thread.is_alive() for thread in threads)


def shown(payload: dict[str, Any], which: int) -> list[int]:
    """The numbers in a payload."""
    text = json.dumps(payload).replace("&lt;", "<").replace("&gt;", ">")
    return [int(found) for found in re.findall(rf"<{which}:(\d+)>", text)]


def test_push_sends_what_a_thread_has_changed(board: Any) -> None:
    """A plain thread changes a tag and pushes it."""

    def work(_: int) -> None:
        root(board).first.clear("<1:7>")
        assert push(root(board).first) is True

    in_threads(1, work)
    board.wait(lambda: any(shown(payload, 1) == [7] for payload in board.sent))


def test_update_needs_no_loop(board: Any) -> None:
    """``tag.update()`` is enough on a plain thread, with both generations."""

    def work(_: int) -> None:
        root(board).first.clear("<1:8>")
        root(board).first.update()

    in_threads(1, work)
    board.wait(lambda: any(shown(payload, 1) == [8] for payload in board.sent))


@pytest.mark.skipif(MAJOR == 1, reason="htag 1 does not note changes")
def test_a_change_alone_is_pushed(board: Any) -> None:
    """With htag 2 a plain thread that changes a tag, or calls JavaScript, need not do more."""
    in_threads(1, lambda _: setattr(root(board).first, "text", "<1:9>"))
    board.wait(lambda: any(shown(payload, 1) == [9] for payload in board.sent))
    in_threads(1, lambda _: root(board).call_js("later()"))
    board.wait(lambda: any(payload["js"] == ["later()"] for payload in board.sent))


@pytest.mark.skipif(MAJOR == 2, reason="update of htag 2 is no coroutine")
def test_what_update_gives_may_be_awaited(board: Any) -> None:
    """Code that awaits it in a loop of its own pushes once, and is told that the app lives."""
    told: list[bool] = []
    in_threads(1, lambda _: told.append(asyncio.run(root(board).first.update())))
    assert told == [True]
    assert len(board.sent) == 1


def test_pushes_are_coalesced_and_the_last_state_arrives(board: Any) -> None:
    """Threads that hammer an app make few payloads; the end of it is what the page shows."""

    def work(number: int) -> None:
        for step in range(200):
            root(board).second.clear(f"<2:{step}>")
            push(root(board).second)

    in_threads(8, work)
    board.wait(lambda: any(shown(payload, 2) == [199] for payload in board.sent))
    assert len(board.sent) < 200
    assert board.errors == []


def test_push_does_not_wait_for_a_busy_app(board: Any) -> None:
    """A blocked app delays its own pages, not the thread that pushes."""
    gate = threading.Event()
    board.session.loop.call_soon_threadsafe(gate.wait, LIMIT)
    for _ in range(100):
        assert push(root(board).first) is True
    assert board.sent == []
    gate.set()


def test_changing_is_one_step(board: Any) -> None:
    """No page ever sees half of a change made in the block, however many threads there are."""
    numbers = iter(range(1, 10_000))
    lock = threading.Lock()

    def work(_: int) -> None:
        for _step in range(20):
            with changing(root(board)) as alive, lock:
                assert alive
                number = next(numbers)
                root(board).show(number, number)

    in_threads(4, work)
    board.wait(lambda: any(shown(payload, 1)[-1:] == [80] for payload in board.sent))
    pairs = [(shown(payload, 1), shown(payload, 2)) for payload in board.sent]
    assert all(first == second for first, second in pairs)
    assert board.errors == []


def test_changing_keeps_the_app_waiting(board: Any) -> None:
    """While the block runs, no code of the app does."""
    ran = threading.Event()
    with changing(root(board)):
        board.session.loop.call_soon_threadsafe(ran.set)
        assert not ran.wait(0.05)
        with changing(root(board)):  # it may be entered again by the same thread
            assert not ran.is_set()
    assert ran.wait(LIMIT)


def test_changing_gives_up_on_a_busy_app(board: Any) -> None:
    """A thread does not wait for ever; the app goes on as if nobody had asked."""
    gate, ran = threading.Event(), threading.Event()
    board.session.loop.call_soon_threadsafe(gate.wait, LIMIT)
    with pytest.raises(TimeoutError, match="busy"), changing(root(board), timeout=0.01):
        pass
    gate.set()
    board.session.loop.call_soon_threadsafe(ran.set)
    assert ran.wait(LIMIT)


def test_a_block_that_takes_too_long_is_reported(
    board: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app does not wait for ever either."""
    monkeypatch.setattr(from_threads, "HOLD_LIMIT", 0.01)
    with changing(root(board)):
        board.wait(lambda: board.errors)
    assert "changing() block" in board.errors[0][0]


def test_changing_on_its_own_thread(board: Any) -> None:
    """Code that runs anywhere may use it: a handler does not wait for itself."""

    def change() -> None:
        with changing(root(board)) as alive:
            assert alive
            root(board).show(3, 3)

    board.session.call(change)
    board.wait(lambda: any(shown(payload, 1) == [3] for payload in board.sent))


def test_an_ended_app_says_so(board: Any) -> None:
    """The thread that changes an app is told when it may stop."""
    app = root(board)
    board.ended.set()
    assert push(app) is False
    with changing(app) as alive:
        assert alive is False
    board.session.stop()
    with changing(app) as alive:
        assert alive is False


def test_a_tag_without_a_hosted_app() -> None:
    """Where nobody listens, nothing is pushed, and nothing fails."""
    lonely = htag.Tag.b("x")
    assert push(lonely) is False
    with changing(lonely) as alive:
        assert alive is False


def test_a_walk_is_repeated_when_it_was_disturbed() -> None:
    """What another thread changes during a render does not fail it; other errors do."""
    table = {"a": 1}
    calls: list[int] = []

    def walk() -> int:
        calls.append(1)
        for key in table:
            if len(calls) < 3:
                table[f"{key}{len(calls)}"] = 1
        return len(calls)

    assert from_threads.Steady(walk)() == 3

    def fail() -> None:
        calls.clear()
        calls.append(1)
        raise RuntimeError("another")

    with pytest.raises(RuntimeError, match="another"):
        from_threads.Steady(fail)()
    assert calls == [1]


def test_one_tag_that_fails_does_not_hold_up_others(
    host: Callable[..., Any], new_session: Any
) -> None:
    """Of the things pushed together, those that can be are."""
    done: list[str] = []

    def flush(things: list[Any]) -> None:
        if "bad" in things:
            raise ValueError("bad")
        done.extend(things)

    session, errors = new_session(), []
    owner = SimpleNamespace(push_changes=flush, ended=lambda: False)
    told = SimpleNamespace(error=lambda *what: errors.append(what))
    home = session.call(lambda: from_threads.Home(owner, told))
    gate = threading.Event()
    session.loop.call_soon_threadsafe(gate.wait, LIMIT)
    assert [home.push(thing) for thing in ("good", "bad", "fine")] == [True] * 3
    gate.set()
    session.call(lambda: None)
    assert done == ["good", "fine"]
    assert len(errors) == 1


@pytest.mark.skipif(MAJOR == 1, reason="State is of htag 2")
def test_a_state_counts_every_thread(board: Any) -> None:
    """``state += 1`` from many threads loses nothing."""
    state = htag.State(0)
    states = [state]

    def work(_: int) -> None:
        mine = states[0]
        for _step in range(2000):
            mine += 1

    in_threads(8, work)
    assert state.value == 16_000
