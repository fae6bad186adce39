"""What an app changes in its session is stored, and a broken store stops no app."""

from __future__ import annotations

from typing import Any

from quick_htag.errors import NotStorable, StoreUnavailable
from quick_htag.guis.session_saver import SessionSaver


class _Session:
    """Fails as told."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.saved = 0

    def is_as_seen(self) -> bool:
        return False

    def is_alone(self) -> bool:
        return False

    def save(self, permits: Any = None) -> None:
        if self.error is not None:
            raise self.error
        self.saved += 1


def _saver(session: Any, clock: Any) -> tuple[SessionSaver, list[str]]:
    reports: list[str] = []
    return SessionSaver(session, clock, lambda text, error: reports.append(text)), reports


def test_a_store_that_is_away_is_left_alone(clock: Any) -> None:
    """One report, no waiting meanwhile, and a new try after a while."""
    session = _Session()
    saver, reports = _saver(session, clock)
    session.error = StoreUnavailable("gone")
    saver.save()
    session.error = None
    saver.save()
    assert (session.saved, reports) == (0, ["its session was not stored: gone"])
    clock.advance(5.1)
    saver.save()
    assert session.saved == 1


def test_a_bad_value_is_reported(clock: Any) -> None:
    """And concerns nothing else."""
    session = _Session()
    saver, reports = _saver(session, clock)
    session.error = NotStorable("session['a']", "is of type set")
    saver.save()
    session.error = None
    saver.save()
    assert (session.saved, len(reports)) == (1, 1)


def test_events_and_pushes_are_stored(world: Any) -> None:
    """Before the page hears that its event is done; a task of the app counts when it pushes."""
    visitor = world.visit()
    visitor.session.data["from outside"] = [1]
    visitor.app.context.send("{}")
    assert visitor.session.texts == {"from outside": "[1]"}
    visitor.session.data["from outside"].append(2)
    visitor.receiver.received('{"n": 1, "p": {"do": "add"}}')
    visitor.channel.wait(lambda channel: {"done": 1} in channel.sent)
    assert visitor.session.texts == {"from outside": "[1,2]"}


def test_an_ended_session_ends_its_apps(world: Any) -> None:
    """Whoever has ended it; the pages are told why."""
    visitor = world.visit()
    world.sessions.remove(visitor.session, "because")
    assert visitor.channel.closed == (4001, "because")


class _States:
    """Those of an app that another server has gone on with once the store was asked."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.noted = 0

    def is_current(self) -> bool:
        """As far as the session knows."""
        return not self._session.refreshed

    def permits(self, stored: Any) -> bool:
        """What ``Session.save`` is given."""
        return bool(stored)

    def note(self) -> None:
        """Count it."""
        self.noted += 1


def test_what_is_done_late_undoes_nothing(clock: Any) -> None:
    """The store is asked before who has the say, and an app that has not writes nothing."""
    session: Any = _Session()
    session.refreshed = False
    session.refresh = lambda: setattr(session, "refreshed", True)
    states: Any = _States(session)
    saver = SessionSaver(session, clock, lambda text, error: None, states)
    saver.save()
    assert (session.saved, states.noted) == (0, 0)
