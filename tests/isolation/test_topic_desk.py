"""What of topics is in the server; the rest is in ``test_remote_topics``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.isolation import link as links
from quick_htag.isolation.link import Refused
from quick_htag.isolation.topic_desk import TopicDesk
from tests.patience import until


@pytest.fixture
def desk(linked: Any, services: SimpleNamespace) -> Any:
    """The desk, and the process's end of a connection to it."""
    lines: list[str] = []
    log: Any = SimpleNamespace(message=lines.append)
    made = TopicDesk(services.topics, services.executor, log)
    ends = linked()
    for name in ("topics", "publish"):
        ends.answers[name] = lambda *args, name=name: made.asked(args[0], args[1], name, args[2])
    return SimpleNamespace(made=made, ends=ends, ask=ends.here.ask, lines=lines)


def test_the_last_list_holds(desk: Any, services: Any) -> None:
    """Whichever comes first."""
    desk.ask("topics", 30.0, count=2, topics=["b"])
    desk.ask("topics", 30.0, count=1, topics=["a"])
    assert services.topics().listeners() == {"b": 1}
    desk.made.end()
    assert services.topics().listeners() == {}
    desk.ask("topics", 30.0, count=3, topics=["c"])
    assert services.topics().listeners() == {}


def test_what_is_no_topic_is_refused(desk: Any) -> None:
    """The process is told why."""
    with pytest.raises(Refused):
        desk.ask("publish", 30.0, topic="", text="1")
    with pytest.raises(Refused):
        desk.ask("topics", 30.0, count=1, topics=[""])


def test_who_takes_nothing_misses_messages(
    desk: Any, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log tells once, and the server goes on."""
    desk.ask("topics", 30.0, count=1, topics=["news"])
    monkeypatch.setattr(links, "_HIGH", -1)
    for number in range(3):
        services.topics().publish("news", number)
    monkeypatch.setattr(links, "_HIGH", 1000)
    services.topics().publish("news", "late")
    until(lambda: desk.ends.here is not None and len(desk.lines) == 1)
