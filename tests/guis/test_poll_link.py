"""A connection made of polls: what is sent arrives once, and its end is noticed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from quick_htag.guis.poll_link import Limits, PollLink
from quick_htag.messages.backlog import TRY_AGAIN, Backlog
from quick_htag.messages.later_body import LaterBody


class Script:
    """A receiver that notes what happens."""

    def __init__(self) -> None:
        self.channel: Any = None
        self.ends: list[tuple[int, str]] = []

    def opened(self, channel: Any) -> None:
        self.channel = channel
        channel.send("hello")

    def closed(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))


class Polled:
    """A link, and the answers to its polls as they come."""

    def __init__(self, world: Any, queue: int = 1000, backlog: Backlog | None = None) -> None:
        self.script = Script()
        self.timer = world.timer
        self.forgotten: list[PollLink] = []
        self.answers: list[Any] = []
        self.link = PollLink(
            self.script,  # type: ignore[arg-type]
            "192.0.2.1",
            Limits(20.0, 10.0, queue),
            world.timer,
            world.clock,
            backlog or Backlog(0),
            self.forgotten.append,
        )

    def start(self) -> Polled:
        """Open it."""
        self.wait_for(self.link.start())
        return self

    def poll(self, number: int) -> LaterBody:
        """Send a poll."""
        return self.wait_for(self.link.poll(number))

    def wait_for(self, body: LaterBody) -> LaterBody:
        """Note its answer when it comes."""
        body.park(lambda data: self.answers.append(json.loads(data)))
        return body


@pytest.fixture
def polled(world: Any) -> Polled:
    """An open link."""
    return Polled(world).start()


def test_the_first_answer_has_what_the_opening_sent(polled: Polled) -> None:
    """And the name of the connection, for the polls that follow."""
    assert polled.answers == [{"m": ["hello"], "c": polled.link.name}]


def test_messages_that_come_together_go_together(polled: Polled) -> None:
    """A poll waits a moment for what follows the first message."""
    polled.poll(1)
    polled.link.send("a")
    polled.link.send("b")
    assert len(polled.answers) == 1
    polled.timer.advance(0.02)
    assert polled.answers[1:] == [{"m": ["a", "b"]}]


def test_messages_between_polls_wait_for_the_next(polled: Polled) -> None:
    """It is answered at once."""
    polled.link.send("a")
    polled.poll(1)
    assert polled.answers[1:] == [{"m": ["a"]}]


def test_a_poll_sent_again_gets_its_answer_again(polled: Polled) -> None:
    """Nothing is lost with an answer that did not arrive."""
    polled.link.send("a")
    polled.poll(1)
    polled.link.send("b")
    polled.poll(1)
    polled.poll(2)
    assert polled.answers[1:] == [{"m": ["a"]}, {"m": ["a"]}, {"m": ["b"]}]


def test_a_poll_sent_again_while_it_waits_replaces_itself(polled: Polled) -> None:
    """The newer one gets the messages."""
    polled.poll(1)
    polled.poll(1)
    polled.link.send("a")
    polled.timer.advance(0.02)
    assert polled.answers[1:] == [{"m": []}, {"m": ["a"]}]
    assert not polled.forgotten


@pytest.mark.parametrize("number", [2, 7])
def test_a_poll_out_of_turn_is_refused(polled: Polled, number: int) -> None:
    """The page connects anew then."""
    polled.poll(number)
    assert polled.answers[1:] == [{"m": [], "close": [1006, ""]}]


def test_a_poll_that_waits_long_is_answered(polled: Polled) -> None:
    """With nothing; so no proxy cuts it."""
    polled.poll(1).expire()
    assert polled.answers[1:] == [{"m": []}]


def test_a_poll_that_is_late_while_it_is_answered_takes_nothing_away(polled: Polled) -> None:
    """Its time may be up on one thread while another one has its answer."""
    polled.link.send("a")
    body = polled.poll(1)
    polled.link.send("b")
    body.expire()
    polled.poll(1)
    polled.poll(2)
    assert polled.answers[1:] == [{"m": ["a"]}, {"m": ["a"]}, {"m": ["b"]}]


def test_close_comes_with_what_was_sent(polled: Polled) -> None:
    """And the receiver hears of it, not inside of the call."""
    polled.poll(1)
    polled.link.send("last")
    polled.link.close(4001, "gone")
    polled.link.send("late")
    assert polled.answers[1:] == [{"m": ["last"], "close": [4001, "gone"]}]
    assert polled.script.ends == []
    polled.timer.advance(0.0)
    polled.timer.advance(0.0)
    assert polled.script.ends == [(4001, "gone")]
    assert polled.forgotten == [polled.link]


def test_a_close_between_polls_waits_for_the_next(polled: Polled) -> None:
    """The page learns the code."""
    polled.link.close(4002, "left")
    polled.poll(1)
    assert polled.answers[1:] == [{"m": [], "close": [4002, "left"]}]


def test_a_replaced_connection_is_not_kept(polled: Polled) -> None:
    """Its page asks another one."""
    polled.link.close(1000, "newer")
    polled.timer.advance(0.0)
    assert polled.forgotten == [polled.link]


def test_a_client_that_leaves_is_gone_at_once(polled: Polled) -> None:
    """The receiver is told once."""
    polled.poll(1).leave()
    polled.timer.advance(0.0)
    assert polled.timer.alarms == []
    polled.timer.advance(100.0)
    assert polled.script.ends == [(1006, "")]


def test_a_client_that_stops_polling_is_gone(polled: Polled) -> None:
    """After its patience; one that waits for an answer is not."""
    body = polled.poll(1)
    polled.timer.advance(60.0)
    assert not polled.forgotten
    body.expire()
    polled.timer.advance(15.0)
    assert polled.script.ends == [(1006, "")]
    assert polled.timer.alarms == []


def test_a_client_too_slow_is_dropped(world: Any) -> None:
    """More than fits beside what waits ends the connection."""
    polled = Polled(world, queue=10).start()
    polled.link.send("x" * 100)
    polled.link.send("y")
    polled.poll(1)
    polled.timer.advance(0.0)
    assert polled.answers[1:] == [{"m": [], "close": [1006, ""]}]
    assert polled.script.ends == [(1006, "")]


def test_who_does_not_poll_makes_room(world: Any) -> None:
    """When slow clients together leave too much, as on every transport."""
    backlog = Backlog(100)
    slow, other = (Polled(world, backlog=backlog).start() for _ in range(2))
    slow.link.send("x" * 60)
    other.link.send("y" * 60)
    assert backlog.total() == 60
    slow.timer.advance(0.02)
    assert (slow.script.ends, other.script.ends) == ([(1013, TRY_AGAIN[1])], [])
    assert slow.forgotten == [slow.link]
    other.poll(1)
    assert backlog.total() == 0
