"""What waits for slow clients together, and who makes room."""

from __future__ import annotations

from quick_htag.messages.backlog import Backlog


class Client:
    """Notes that it was asked to make room."""

    address = "192.0.2.1"

    def __init__(self) -> None:
        self.asked = 0

    def make_room(self) -> None:
        self.asked += 1


def test_below_the_limit_nobody_goes() -> None:
    """Whatever each of them leaves."""
    backlog, one, other = Backlog(100), Client(), Client()
    assert not backlog.note(one, 90)
    assert not backlog.note(other, 10)
    assert backlog.total() == 100


def test_the_slowest_makes_room() -> None:
    """Of those with half of an equal share, who has been waited for longest; not who has most."""
    backlog, small, first, second = Backlog(100), Client(), Client(), Client()
    backlog.note(small, 5)
    backlog.note(first, 45)
    assert backlog.note(second, 55) == [first]
    assert backlog.total() == 60


def test_who_leaves_is_not_told_twice() -> None:
    """What it still notes does not count; when it is gone it may come back."""
    backlog, one = Backlog(100), Client()
    assert backlog.note(one, 101) == [one]
    assert not backlog.note(one, 500)
    assert backlog.total() == 0
    backlog.forget(one)
    assert backlog.note(one, 101) == [one]


def test_who_has_taken_everything_is_not_slow() -> None:
    """It comes last when it is waited for again."""
    backlog, first, second = Backlog(100), Client(), Client()
    backlog.note(first, 40)
    backlog.note(second, 60)
    backlog.note(first, 0)
    backlog.note(first, 40)
    assert backlog.note(first, 50) == [second]


def test_one_can_be_too_much_alone() -> None:
    """Then it is the slowest itself."""
    backlog, one = Backlog(100), Client()
    assert backlog.note(one, 101) == [one]
    assert backlog.total() == 0


def test_no_limit() -> None:
    """With 0 nobody ever goes."""
    backlog, one = Backlog(0), Client()
    assert not backlog.note(one, 1 << 40)


def test_each_is_told_and_reported() -> None:
    """In words that name the setting."""
    reports: list[str] = []
    backlog, one = Backlog(10_000_000, reports.append), Client()
    backlog.dismiss([one])
    assert one.asked == 1
    assert "192.0.2.1" in reports[0]
    assert "websocket_max_backlog" in reports[0]
