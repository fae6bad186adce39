"""Sessions: issued by us, forgotten, limited."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from quick_htag.errors import NoCapacity, StoreUnavailable
from quick_htag.settings import Settings
from quick_htag.stores.session_records import record_key
from quick_htag.stores.sessions import Sessions


@pytest.fixture
def sessions(clock: Any) -> Sessions:
    """Room for three, ten seconds each."""
    return Sessions(Settings(max_sessions=3, session_timeout=10.0), clock)


def test_an_issued_session_is_found(sessions: Sessions) -> None:
    """The id gives the very same session, with its data."""
    session = sessions.issue("192.0.2.1")
    session.data["name"] = "Ada"
    found = sessions.get(session.id)
    assert found is session
    assert found.data == {"name": "Ada"}


def test_ids_are_random_and_long() -> None:
    """128 bits at least, and a short id that tells nothing about them."""
    sessions = Sessions(Settings())
    made = [sessions.issue("") for _ in range(500)]
    assert len({session.id for session in made}) == len({one.short_id for one in made}) == 500
    assert all(len(session.id) == 32 for session in made)
    assert all(len(session.short_id) == 8 for session in made)
    assert not any(session.short_id in session.id for session in made)
    assert made[0].id not in repr(made[0])


@pytest.mark.parametrize(
    "text", ["", "x", "A" * 32, "A" * 33, "../" + "A" * 29, "\x00" * 32, "ü" * 32, "A" * 31 + "\n"]
)
def test_an_unknown_id_is_never_adopted(sessions: Sessions, text: str) -> None:
    """Whatever a client sends, it is no session until we issued it."""
    assert sessions.get(text) is None
    assert len(sessions) == 0


def test_an_unused_session_expires(sessions: Sessions, clock: Any) -> None:
    """After the timeout without use the id means nothing."""
    session = sessions.issue("")
    clock.advance(10.0)
    assert sessions.get(session.id) is session
    clock.advance(0.1)
    assert sessions.get(session.id) is None
    assert len(sessions) == 0


def test_use_keeps_a_session(sessions: Sessions, clock: Any) -> None:
    """touch() starts the time anew."""
    session = sessions.issue("")
    clock.advance(9.0)
    sessions.touch(session)
    clock.advance(9.0)
    assert sessions.get(session.id) is session


def test_a_live_gui_keeps_a_session(sessions: Sessions, clock: Any) -> None:
    """A pinned session does not expire, and gets its whole time after the last pin is gone."""
    session = sessions.issue("")
    assert sessions.pin(session)
    clock.advance(100.0)
    assert sessions.get(session.id) is session
    sessions.issue("")
    assert sessions.get(session.id) is session
    sessions.unpin(session)
    clock.advance(9.0)
    assert sessions.get(session.id) is session


def test_expired_sessions_leave_when_one_is_issued(sessions: Sessions, clock: Any) -> None:
    """Nothing polls, and nothing stays for ever."""
    sessions.issue("")
    sessions.issue("")
    clock.advance(11.0)
    sessions.issue("")
    assert len(sessions) == 1


def test_the_longest_unused_makes_room(sessions: Sessions, clock: Any) -> None:
    """At the limit the one without a live GUI that was not used for longest goes."""
    pinned, touched, unused = (sessions.issue("") for _ in range(3))
    sessions.pin(pinned)
    clock.advance(1.0)
    sessions.touch(touched)
    sessions.issue("")
    assert [sessions.get(one.id) for one in (pinned, touched, unused)] == [pinned, touched, None]


def test_no_room_when_all_are_live(sessions: Sessions) -> None:
    """With every session in use another is refused."""
    for _ in range(3):
        sessions.pin(sessions.issue(""))
    with pytest.raises(NoCapacity):
        sessions.issue("")


def test_a_removed_session_is_gone(sessions: Sessions) -> None:
    """It cannot be found, touched or pinned any more."""
    session = sessions.issue("")
    assert sessions.remove(session)
    assert not sessions.remove(session)
    sessions.touch(session)
    assert not sessions.pin(session)
    assert sessions.get(session.id) is None


def test_the_list_is_in_order_of_use(sessions: Sessions) -> None:
    """The longest unused first."""
    first, second = sessions.issue(""), sessions.issue("")
    sessions.touch(first)
    assert sessions.snapshot() == [second, first]


def test_a_session_has_a_greatest_age(clock: Any) -> None:
    """However much it is used, and whether it has a live GUI or not."""
    wall = type(clock)()
    settings = Settings(session_timeout=10.0, session_lifetime=25.0)
    sessions = Sessions(settings, clock, wall=wall)
    session = sessions.issue("")
    sessions.pin(session)
    for _ in range(5):
        assert sessions.get(session.id) is session
        sessions.touch(session)
        clock.advance(5.0)
        wall.advance(5.0)
    wall.advance(0.1)
    assert sessions.get(session.id) is None


def test_a_new_id(sessions: Sessions) -> None:
    """The session and its data stay, the old id is worth nothing."""
    session = sessions.issue("")
    session.data["a"] = 1
    old = session.id
    assert sessions.rotate(session)
    assert sessions.get(old) is None
    assert sessions.get(session.id) is session
    assert session.data == {"a": 1}
    sessions.remove(session)
    assert not sessions.rotate(session)


def test_the_record_of_a_new_session(sessions: Sessions) -> None:
    """It is what the store would have made of it, whatever the client calls itself."""
    session = sessions.issue('h"\u00f6st')
    key = record_key(session.id)
    session.data["a"] = 1
    first, written = sessions.records.store.get(key), sessions.records._record(session)
    assert first == written
    session.save()
    assert sessions.records.store.get(key) == {**written, "v": 2, "data": {"a": "1"}}


def test_what_has_ended_is_not_stored_again(sessions: Sessions) -> None:
    """A request that is still under way when its session ends brings nothing back."""
    session = sessions.issue("")
    sessions.remove(session)
    session.data["a"] = 1
    session.save()
    assert sessions.records.store.keys() == []


def test_beginnings_and_ends_are_told(clock: Any) -> None:
    """Each once, with the reason."""
    sessions = Sessions(Settings(max_sessions=2, session_timeout=10.0), clock)
    told: list[Any] = []
    sessions.started.append(lambda session: told.append(session))
    sessions.ended.append(lambda session, reason: told.append((session, reason)))
    first = sessions.issue("")
    clock.advance(10.1)
    second = sessions.issue("")
    third = sessions.issue("")
    fourth = sessions.issue("")
    sessions.remove(third, "by hand")
    clock.advance(10.1)
    assert sessions.get(fourth.id) is None
    expired = "the session was not used for a long time"
    crowded = "the session made room for another"
    assert told == [
        *(first, (first, expired), second, third),
        *((second, crowded), fourth, (third, "by hand"), (fourth, expired)),
    ]


def test_logging_in_and_out(sessions: Sessions) -> None:
    """A login changes the id; a logout of the user ends every session of his."""
    first, second, other = (sessions.issue("") for _ in range(3))
    old = first.id
    assert sessions.login(first, "ann")
    assert sessions.login(second, "ann")
    assert (first.user, sessions.get(old)) == ("ann", None)
    assert sessions.logout_user("ann") == 2
    assert sessions.snapshot() == [other]


def test_unused_sessions_cost_the_store_nothing(clock: Any) -> None:
    """Looking at a session, or changing nothing in it, writes nothing."""
    sessions = Sessions(Settings(), clock)
    session = sessions.issue("")
    version = session.version
    for _ in range(3):
        found = sessions.get(session.id)
        assert found is session
        sessions.touch(session)
        session.save()
    assert session.version == version


def test_the_next_server_of_one_memory_finds_them(clock: Any) -> None:
    """A store that is given outlives the server it was given to."""
    before = Sessions(Settings(), clock)
    session = before.issue("")
    session.data["a"] = 1
    session.save()
    after = Sessions(Settings(), clock, before.records.store)
    found = after.get(session.id)
    assert found is not None
    assert found.data == {"a": 1}


def test_a_user_is_known_for_as_long_as_his_sessions(clock: Any) -> None:
    """Also when they are written all the time, and whichever process ends them."""
    settings = Settings(session_timeout=100.0)
    before = Sessions(settings, clock)
    session = before.issue("")
    before.login(session, "ann")
    for number in range(200):
        clock.advance(4.0)
        assert before.get(session.id) is session
        before.touch(session)
        session.data["n"] = number
        session.save()
    after = Sessions(settings, clock, before.records.store)
    assert after.logout_user("ann") == 1


@pytest.mark.parametrize("calls", range(7))
def test_a_new_id_or_the_old_one(failing: Any, calls: int) -> None:
    """When the store fails on the way to a new id, the session has a good one, or none."""
    sessions = Sessions(Settings(), store=failing)
    session = sessions.issue("")
    old = session.id
    failing.left = calls
    with contextlib.suppress(StoreUnavailable):
        sessions.rotate(session)
    failing.left = None
    others = Sessions(Settings(), store=failing)
    assert sessions.get(session.id) in (session, None)
    assert session.id == old or others.get(old) is None
    assert len(sessions) == (sessions.get(session.id) is session)


@pytest.mark.parametrize("calls", range(12))
def test_who_is_logged_in_can_be_logged_out(failing: Any, calls: int) -> None:
    """When the store fails during a login, nobody is logged in whom ``logout_user`` misses."""
    sessions = Sessions(Settings(), store=failing)
    session = sessions.issue("")
    failing.left = calls
    try:
        done = sessions.login(session, "ann")
    except StoreUnavailable:
        done = False
    failing.left = None
    assert session.user == ("ann" if done else None)
    others = Sessions(Settings(), store=failing)
    others.logout_user("ann")
    found = others.get(session.id)
    assert found is None or found.user is None


def test_nothing_is_issued_when_the_store_fails(failing: Any) -> None:
    """It would be a session nobody can name, and keep others out."""
    sessions = Sessions(Settings(), store=failing)
    failing.left = 0
    with pytest.raises(StoreUnavailable):
        sessions.issue("")
    assert len(sessions) == 0


def test_an_end_that_fails_can_be_tried_again(failing: Any) -> None:
    """Nobody is told of an end that did not happen."""
    sessions = Sessions(Settings(), store=failing)
    told: list[str] = []
    sessions.ended.append(lambda session, reason: told.append(reason))
    session = sessions.issue("")
    failing.left = 0
    with pytest.raises(StoreUnavailable):
        sessions.remove(session, "bye")
    failing.left = None
    assert (sessions.get(session.id), told) == (session, [])
    assert sessions.remove(session, "bye")
    assert told == ["bye"]


def test_a_logout_everywhere_that_fails_can_be_tried_again(failing: Any) -> None:
    """Whom it did not reach stays known."""
    sessions, others = (Sessions(Settings(), store=failing) for _ in range(2))
    mine = [sessions.issue("") for _ in range(3)]
    for session in mine:
        sessions.login(session, "ann")
    for calls in (1, 3, 5):
        failing.left = calls
        with contextlib.suppress(StoreUnavailable):
            others.logout_user("ann")
    failing.left = None
    others.logout_user("ann")
    assert [sessions.get(session.id) for session in mine] == [None] * 3


def test_a_use_keeps_a_session(sessions: Sessions, clock: Any) -> None:
    """Found and noted in one step; what has expired, or never was, is not found."""
    session = sessions.issue("")
    clock.advance(9.0)
    assert sessions.use(session.id) is session
    clock.advance(9.0)
    assert sessions.use(session.id) is session
    clock.advance(10.1)
    assert sessions.use(session.id) is None
    assert sessions.use("A" * 32) is None


def test_an_ended_session_is_not_used(sessions: Sessions) -> None:
    """Though somebody still holds the object."""
    session = sessions.issue("")
    sessions.remove(session)
    assert sessions.use(session.id) is None


def test_a_session_that_is_used_gets_too_old_all_the_same(clock: Any) -> None:
    """With a longest life set, uses do not prolong it."""
    settings = Settings(session_timeout=10.0, session_lifetime=15.0)
    sessions = Sessions(settings, clock, wall=clock)
    session = sessions.issue("")
    clock.advance(9.0)
    assert sessions.use(session.id) is session
    clock.advance(9.0)
    assert sessions.use(session.id) is None
