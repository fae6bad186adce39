"""Sessions in stores, seen by several processes that share one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.errors import NotStorable, StoreBusy
from quick_htag.interfaces import Store
from quick_htag.settings import Settings
from quick_htag.stores.session_records import record_key
from quick_htag.stores.sessions import Sessions

# in memory there is no other process
pytestmark = pytest.mark.parametrize("make_store", ["sqlite", "redis"], indirect=True)


@pytest.fixture
def make(make_store: Callable[..., Store]) -> Callable[..., Sessions]:
    """Makes what each process would have."""
    return lambda **settings: Sessions(Settings(**settings), store=make_store())


def test_another_process_finds_it(make: Callable[..., Sessions]) -> None:
    """With its data, and who has logged in; so does the next one after a restart."""
    one, two = make(), make()
    session = one.issue("192.0.2.1")
    session.data["a"] = [1]
    session.save()
    one.login(session, "ann")
    found = two.get(session.id)
    assert found is not None
    assert (found.data, found.user, found.address) == ({"a": [1]}, "ann", "192.0.2.1")
    assert two.get(session.id) is found


def test_changes_are_merged(make: Callable[..., Sessions]) -> None:
    """Two requests in two processes change different keys of one session."""
    one, two = make(), make()
    first = one.issue("")
    first.data.update(both=1, gone=1)
    first.save()
    second = two.get(first.id)
    assert second is not None
    first.data["mine"] = 1
    second.data["yours"] = 2
    del second.data["gone"]
    first.save()
    second.save()
    assert one.get(first.id) is first
    assert first.data == second.data == {"both": 1, "mine": 1, "yours": 2}


def test_what_is_not_permitted_is_given_up(make: Callable[..., Sessions]) -> None:
    """The store is asked when nobody else can write there, and what it has is taken over."""
    one, two = make(), make()
    first = one.issue("")
    first.data.update(n=1, old=1)
    first.save()
    second = two.get(first.id)
    assert second is not None
    second.data["n"] = 2
    second.save(lambda stored: stored["n"] == "1")
    first.data.update(n=3, more=3)
    del first.data["old"]
    first.save(lambda stored: stored["n"] == "1")
    assert first.data == second.data == {"n": 2, "old": 1}
    first.data["n"] = 4
    first.save(lambda stored: stored["n"] == "2")
    assert two.get(first.id) is second
    assert second.data["n"] == 4


def test_a_block_is_alone(make: Callable[..., Sessions]) -> None:
    """The other process waits, and begins with what the first has left."""
    one, two = make(session_lock_timeout=0.02), make(session_lock_timeout=0.02)
    first = one.issue("")
    second = two.get(first.id)
    assert second is not None
    with first.data as data:
        data["count"] = 1
        with pytest.raises(StoreBusy), second.data:
            pass
    with second.data as data:
        data["count"] += 1
    assert one.get(first.id) is first
    assert first.data == {"count": 2}


def test_an_end_is_an_end_everywhere(make: Callable[..., Sessions]) -> None:
    """A process that still has it does not bring it back."""
    one, two = make(), make()
    first = one.issue("")
    second = two.get(first.id)
    assert second is not None
    two.pin(second)  # it has a live app there
    ended: list[str] = []
    two.ended.append(lambda session, reason: ended.append(reason))
    one.remove(first)
    second.data["a"] = 1
    second.save()
    assert (two.get(first.id), one.get(first.id), len(ended)) == (None, None, 1)


def test_a_new_id_is_new_everywhere(make: Callable[..., Sessions]) -> None:
    """Nobody finds anything under the old one, the new one has it all."""
    one, two = make(), make()
    session = one.issue("")
    session.data["a"] = 1
    session.save()
    old = session.id
    assert two.get(old) is not None
    assert one.rotate(session)
    assert [sessions.get(old) for sessions in (one, two)] == [None, None]
    found = two.get(session.id)
    assert found is not None
    assert found.data == {"a": 1}
    assert one.get(session.id) is session


def test_logout_everywhere(make: Callable[..., Sessions]) -> None:
    """All sessions of one user, in all processes, and of nobody else."""
    one, two = make(), make()
    mine = [one.issue(""), two.issue(""), two.issue("")]
    for sessions, session in zip((one, two, two), mine, strict=True):
        sessions.login(session, "ann")
    other = two.issue("")
    two.login(other, "bob")
    assert one.logout_user("ann") == 3
    assert [two.get(session.id) for session in mine] == [None, None, None]
    assert two.get(other.id) is other
    assert one.logout_user("ann") == 0


def test_a_live_app_keeps_a_session(make: Callable[..., Sessions], store: Store) -> None:
    """What the store has forgotten meanwhile is written again, with the data."""
    sessions = make()
    session = sessions.issue("")
    session.data["a"] = 1
    session.save()
    sessions.pin(session)
    store.delete(record_key(session.id))
    assert sessions.get(session.id) is session
    session.data["b"] = 2
    session.save()
    found = make().get(session.id)
    assert found is not None
    assert found.data == {"a": 1, "b": 2}


def test_the_number_in_the_store_is_limited(make: Callable[..., Sessions], store: Store) -> None:
    """Those of processes that are gone count; the longest unused leave, however many come."""
    old = [make(max_sessions=20, session_timeout=9.0 + n).issue("") for n in range(20)]
    sessions = make(max_sessions=20)
    for _ in range(5):
        assert store.get(record_key(sessions.issue("").id)) is not None
    live = [session for session in old if store.get(record_key(session.id)) is not None]
    assert old[0] not in live
    assert len(live) >= 13
    assert len(store.keys("session:")) <= 21


def test_a_live_app_outlasts_the_limit(make: Callable[..., Sessions], store: Store) -> None:
    """A session that made room for another although an app of it lives comes back with its use."""
    one, two = make(), make()
    session = one.issue("")
    one.pin(session)
    two.records.make_room(set())
    assert store.get(record_key(session.id)) is None
    assert one.get(session.id) is session
    assert store.get(record_key(session.id)) is not None


def test_the_end_of_a_live_app_is_told(make: Callable[..., Sessions], store: Store) -> None:
    """A session that the store forgot while an app of it lived goes on from the end of that."""
    sessions = make()
    session = sessions.issue("")
    sessions.pin(session)
    store.delete(record_key(session.id))
    sessions.unpin(session)
    session.prolong()
    assert make().get(session.id) is not None


def test_what_has_ended_is_not_kept_by_a_live_app(make: Callable[..., Sessions]) -> None:
    """Another process has ended it, so the app does not write it again."""
    one, two = make(), make()
    session = one.issue("")
    one.pin(session)
    two.remove(two.get(session.id) or session)
    session.data["a"] = 1
    session.save()
    assert session.ended
    assert make().get(session.id) is None


def test_a_write_during_a_move_is_kept(make: Callable[..., Sessions]) -> None:
    """What another process stores while the session gets a new id is in the new one."""
    one, two = make(), make()
    session = one.issue("")
    other = two.get(session.id)
    assert other is not None
    remember = one.records.refresh

    def refresh(any_session: Any) -> bool:
        found = remember(any_session)
        other.data["late"] = 1
        other.save()
        return found

    one.records.refresh = refresh  # type: ignore[method-assign]
    one.rotate(session)
    assert session.data == {"late": 1}
    assert (make().get(session.id) or session).data == {"late": 1}


def test_no_id_is_in_the_store(make: Callable[..., Sessions], store: Store) -> None:
    """Who steals the file cannot make a cookie of it."""
    session = make().issue("")
    (key,) = store.keys()
    assert session.id not in key
    assert session.id not in str(store.get(key))


def test_a_fault_is_raised_after_the_rest_is_stored(make: Callable[..., Sessions]) -> None:
    """One bad value costs no other."""
    one, two = make(), make()
    session = one.issue("")
    session.data.update(good=1, bad={1})
    with pytest.raises(NotStorable, match=r"session\['bad'\]"):
        session.save()
    found = two.get(session.id)
    assert found is not None
    assert found.data == {"good": 1}
