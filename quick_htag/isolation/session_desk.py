"""Answers what the process of an app asks of its session. In the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import NotStorable, StoreError
from ..stores.values import decode
from .anchors import too_late
from .link import Link, Value
from .remote_session import digest

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..stores.session import Session


def told_session(session: Session) -> Value:
    """A session as ``remote_session.remote_session`` takes it; not the secret in its cookie."""
    return {
        "uid": session.uid,
        "short_id": session.short_id,
        "address": session.address,
        "born": session.born,
        "user": session.user,
        "texts": _texts(session),
    }


def _texts(session: Session) -> dict[str, str]:
    """What the store has of it, after what was changed here."""
    with suppress(NotStorable):  # told to who has put it there
        session.save()
    with session.lock:
        return dict(session.texts)


class SessionDesk:
    """Answers for one session. On the thread of the hub, which does not wait: others do the work.

    Args:
        session: gives it.
        executor: runs what uses the store.
        remove: ends a session.
        fail: told of what goes wrong: a text and the exception.

    """

    def __init__(
        self,
        session: Callable[[], Session],
        executor: Executor,
        remove: Callable[[Session], bool],
        fail: Callable[[str, BaseException], object],
    ) -> None:
        self._session = session
        self._executor = executor
        self._remove = remove
        self._fail = fail

    def asked(self, link: Link, talk: int, name: str, value: Value) -> _Block | None:
        """Answer a question; see ``link.Server``.

        Raises:
            KeyError: there is no such question.

        """
        if name == "session lock":
            return _Block(link, talk, self._session())
        work = {
            "session save": self._save,
            "session refresh": self._refresh,
            "session end": self._end,
        }[name]
        with suppress(RuntimeError):  # the server stops
            self._executor.submit(self._answer, link, talk, work, value)
        return None

    def prolong(self) -> None:
        """Note that it is in use."""
        with suppress(RuntimeError):
            self._executor.submit(self._session().prolong)

    def _answer(
        self, link: Link, talk: int, work: Callable[[Session, Value], Value], value: Value
    ) -> None:
        if too_late(value):
            return
        try:
            answer = work(self._session(), value)
        except NotStorable as error:
            fault = str(error)[len(error.path) + 1 :]
            link.refuse(talk, "not storable", str(error), args=[error.path, fault])
        except StoreError as error:
            link.refuse(talk, "store", str(error))
        except Exception as error:  # noqa: BLE001 a process must not wait for ever for an answer
            self._fail("the session of an app could not be used", error)
            link.refuse(talk, "store", "the server could not do it")
        else:
            link.end(talk, **answer)

    def _save(self, session: Session, value: Value) -> Value:
        with session.lock:
            with suppress(NotStorable):
                session.save()
            for key, text in value["changed"].items():
                session.data[str(key)] = decode(text)
            for key in value["removed"]:
                session.data.pop(key, None)
            session.save()
            return {"texts": dict(session.texts)}

    def _refresh(self, session: Session, value: Value) -> Value:
        session.refresh()
        texts: dict[str, str] | None = _texts(session)
        assert texts is not None
        if digest(texts) == value["digest"]:
            texts = None
        return {"texts": texts, "user": session.user}

    def _end(self, session: Session, _value: Value) -> Value:
        return {"ended": self._remove(session)}


class _Block:
    """A ``with`` block of an app, held by a thread of its own: blocks belong to threads."""

    def __init__(self, link: Link, talk: int, session: Session) -> None:
        self._release = threading.Event()
        thread = threading.Thread(
            target=self._run, args=(link, talk, session), name="quick_htag-block", daemon=True
        )
        thread.start()

    def said(self, text: str) -> None:
        self._release.set()

    def got(self, data: bytes) -> None:
        """Nothing of it."""

    def ended(self, value: Any) -> None:
        self._release.set()

    def _run(self, link: Link, talk: int, session: Session) -> None:
        try:
            session.enter()
        except StoreError as error:
            link.refuse(talk, "store", str(error))
            return
        try:
            link.say(talk, "held")
            self._release.wait()
        finally:
            with suppress(StoreError):  # the app is told by its own next change
                session.leave()
            link.end(talk)
