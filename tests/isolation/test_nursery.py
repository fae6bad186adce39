"""Where processes come from; templates that are real are in ``test_template``."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.isolation import nursery as nurseries
from quick_htag.isolation.nursery import Nursery

LIMIT = 30.0


class Process:
    """Stands for one that was started."""

    pid = 7

    def __init__(self, *_: Any) -> None:
        self.done: list[str] = []
        self.alive = True
        self.slow = False  # the system takes its time to end it

    def is_alive(self) -> bool:
        return self.alive

    def wait(self, timeout: float) -> bool:
        return not self.alive

    def kill(self) -> None:
        self.done.append("kill")
        self.alive = self.alive and self.slow

    def let_go(self) -> None:
        self.done.append("let go")

    def ending(self) -> str:
        return "the ending"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A nursery that copies, and what it has started and said."""
    started: list[Process] = []

    def start(*args: Any) -> Process:
        started.append(Process())
        return started[-1]

    monkeypatch.setattr(nurseries, "AppProcess", start)
    monkeypatch.setattr(nurseries, "AdoptedProcess", Process)
    lines: list[str] = []
    log: Any = SimpleNamespace(message=lines.append)
    made = Nursery("App", None, True, lambda _: {"token": "t"}, log, 10.0)
    made._forks = True
    told: list[Any] = []
    link: Any = SimpleNamespace(
        note=lambda name, **value: told.append((name, value)), close=lambda: None
    )
    return SimpleNamespace(made=made, started=started, lines=lines, link=link, told=told)


def test_who_comes_early_waits_for_the_template(world: Any) -> None:
    """It is told when it has connected; others come at once."""
    first = world.made.start({"n": 1})
    world.made.join(world.link)
    world.made.start({"n": 2})
    assert [value["config"]["n"] for _, value in world.told] == [1, 2]
    assert first.is_alive()
    world.made.noted(world.link, "forked", {"serial": 1, "pid": 9})
    assert first.pid == 7
    world.made.noted(world.link, "ended", {"pid": 9, "code": -9})
    assert first.ending() == "it was ended by SIGKILL"
    assert len(world.started) == 1


def test_what_a_template_has_not_made_is_started_anew(world: Any) -> None:
    """One that is unfit is not tried again."""
    world.made.join(world.link)
    waiting = world.made.start({"n": 1})
    world.made.noted(world.link, "unfit", {"text": "it has threads", "again": False})
    world.made.lost(world.link)
    assert (waiting.pid, len(world.started)) == (7, 2)
    assert "it has threads" in world.lines[0]
    assert isinstance(world.made.start({"n": 2}), Process)


def test_a_template_that_dies_early_is_noticed(world: Any) -> None:
    """By who waits."""
    waiting = world.made.start({})
    world.started[0].alive = False
    assert waiting.is_alive()
    assert (waiting.pid, len(world.started)) == (7, 2)


def test_a_template_that_hangs_is_noticed(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By who waits; one that still loads the app has its time."""
    now = [100.0]
    monkeypatch.setattr(nurseries, "monotonic", lambda: now[0])
    world.made.join(world.link)
    first = world.made.start({})
    now[0] += 25.0
    assert first.is_alive()
    assert not world.started[0].done
    world.made.noted(world.link, "fit", {"pid": 8})
    now[0] += 9.0
    assert first.is_alive()
    assert not world.started[0].done
    now[0] += 2.0
    assert first.is_alive()
    assert (first.pid, len(world.started)) == (7, 2)
    assert world.started[0].done == ["kill"]
    assert "has made none for 10 s" in world.lines[0]
    world.made.start({})
    world.made.lost(world.link)  # which comes late: there is a new one already
    assert not world.started[2].done


def test_a_template_that_never_gets_done_is_given_up(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it waits for may be there by now; who has given up waiting gets nothing."""
    now = [100.0]
    monkeypatch.setattr(nurseries, "monotonic", lambda: now[0])
    early = world.made.start({})
    world.made.join(world.link)
    now[0] += 29.0
    early.kill()
    waiting = world.made.start({})
    assert waiting.is_alive()
    assert not world.started[0].done
    now[0] += 2.0
    assert waiting.is_alive()
    assert (waiting.pid, len(world.started)) == (7, 2)
    assert world.started[0].done == ["kill"]
    assert "for 30 s and is not done" in world.lines[0]


def test_one_that_was_killed_early_is_killed_when_it_is_there(world: Any) -> None:
    """Nobody waits for it."""
    waiting = world.made.start({})
    waiting.kill()
    assert waiting.wait(LIMIT)
    process: Any = Process()
    waiting.born(process)
    assert process.done == ["kill"]


def test_the_system_may_refuse(world: Any) -> None:
    """Or the server stop: then there is none, and it is said why."""
    one, other = world.made.start({}), world.made.start({})
    world.made.noted(world.link, "refused", {"serial": 1, "text": "no memory"})
    assert not one.is_alive()
    assert "no memory" in one.ending()
    world.made.noted(world.link, "log", {"text": "hello"})
    assert world.lines == ["hello"]
    world.made.join(world.link)
    world.made.close(1.0)
    world.made.lost(world.link)
    assert (other.ending(), other.wait(LIMIT), other.pid) == ("the server stops", True, 0)
    with pytest.raises(KeyError):
        world.made.asked(world.link, 1, "x", {})


def test_where_nothing_is_copied_all_are_started(world: Any) -> None:
    """The settings say so, or the system cannot."""
    log: Any = None
    plain = Nursery("App", sys.executable, False, lambda _: {}, log, 10.0)
    assert isinstance(plain.start({}), Process)
    assert plain.template is None


def test_a_template_that_the_system_does_not_end_in_time(world: Any) -> None:
    """Nobody asks for it any more."""
    world.made.start({})
    world.started[0].slow = True
    world.made.close(0.0)
    assert world.started[0].done == ["kill", "let go"]
