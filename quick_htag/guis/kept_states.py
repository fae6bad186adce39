"""What an app shows is part of its visitor's session, so that another instance can show it again.

It is stored, expires, moves and ends with the session. Where several servers share the sessions,
the instance that was built last has the say: the session names it, and others write nothing.
"""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import NotStorable
from ..stores.values import decode, encode

if TYPE_CHECKING:
    from ..engines.base import Values
    from ..stores.session import Session
    from .session_saver import Report

T = TypeVar("T")

_KEY = "quick_htag:states:"
_OWNER = "quick_htag:keeper:"
_TRIES = 10  # to write down what other threads change meanwhile

_Text = tuple[str, str]  # kind, and JSON text of the value
_Texts = dict[str, dict[str, _Text]]


def forget_states(session: Session, path: str) -> bool:
    """Forget what an app has kept; whether there was something. It is yet to be stored.

    Args:
        session: of the visitor.
        path: where the app is bound.

    """
    session.data.pop(_key(path, _OWNER), None)
    return session.data.pop(_key(path), None) is not None


def _key(path: str, kind: str = _KEY) -> str:
    return f"{kind}{path or '/'}"


class KeptStates:
    """The states of one instance in the session of its visitor. Any thread.

    Args:
        session: of the visitor.
        path: where the app is bound.
        limit: bytes one value may take as JSON.
        report: told of values that are not kept.

    """

    def __init__(self, session: Session, path: str, limit: int, report: Report) -> None:
        self._session = session
        self._path = path
        self._key = _key(path)
        self._owner_key = _key(path, _OWNER)
        self._name = secrets.token_hex(8)  # of this instance, among those of all servers
        self._limit = limit
        self._report = report
        self._lock = threading.Lock()  # guards all below
        self._source: Callable[[], Values] | None = None
        self._claimed = False  # the session names this instance
        # what the store may have while the claim is not there yet: texts of both keys
        self._before: tuple[set[str | None], set[str | None]] = set(), set()
        self._texts: _Texts = {}  # what was noted last
        self._told: set[str] = set()  # names of values that are not JSON, which was reported

    def try_with(self, build: Callable[[Mapping[str, Any]], T]) -> T:
        """Build an app with what an earlier one has kept; without it, if that makes it fail.

        Args:
            build: gets a copy of it, and raises whatever the app raises.

        """
        kept = self._found()
        try:
            return build(kept)
        except (Exception, SystemExit) as error:  # the app's own code
            if not kept:
                raise
            app = build({})  # raises when it was not for that; what is kept stays
            self._report("it failed with the state it had kept, and has begun anew", error)
            return app

    def permits(self, stored: Mapping[str, str]) -> bool:
        """Whether this instance may write over what is stored; see ``Session.save``.

        Until it is named there, only what it was built from.
        """
        owner, mine = stored.get(self._owner_key), encode(self._name)
        if owner == mine:
            return True
        if self._session.texts.get(self._owner_key) == mine:  # it was, and another one is now
            return False
        owners, states = self._before
        return owner in owners and stored.get(self._key) in states

    def _look(self, key: str) -> set[str | None]:
        """What the store has, or is to have, of the session as it is now."""
        texts = {self._session.texts.get(key)}
        with suppress(NotStorable):
            value = self._session.data.get(key)
            texts.add(None if value is None else encode(value, sys.maxsize))
        return texts

    def _found(self) -> dict[str, Any]:
        self._before = self._look(self._owner_key), self._look(self._key)
        kept = self._session.data.get(self._key)
        if kept is None:
            return {}
        try:
            return {
                name: _checked(states) for name, states in decode(encode(kept, sys.maxsize)).items()
            }
        except (AttributeError, NotStorable, TypeError, ValueError) as error:
            self._report("what it had kept was overwritten, so it has begun anew", error)
            return {}

    def follow(self, source: Callable[[], Values]) -> None:
        """Note, from now on, what ``source`` gives: values by name of their ``States`` and key."""
        with self._lock:
            self._source = source

    def is_current(self) -> bool:
        """Whether no other instance has gone on with it, as far as the session knows by now."""
        owner = self._session.data.get(self._owner_key, self._name)
        return not self._claimed or bool(owner == self._name)

    def note(self) -> None:
        """Take down the values there are now; nothing happens without a change."""
        with self._lock:
            if self._source is None or not self.is_current():
                return
            texts = self._written(self._source)
            if texts is None:
                return
            if not self._claimed and (texts or self._session.data):  # something is kept
                self._session.data[self._owner_key] = self._name
                self._claimed = True
            if texts == self._texts:
                return
            self._texts = texts
            value = {
                name: {key: [kind, decode(text)] for key, (kind, text) in states.items()}
                for name, states in texts.items()
            }
            self._session.data[self._key] = value

    def end(self, *, forget: bool) -> None:
        """Take down the last values, or forget them: what the app still does changes nothing."""
        self.note()
        with self._lock:
            self._source = None
            if forget:
                forget_states(self._session, self._path)

    # -- the lock is held --------------------------------------------------------------------------

    def _written(self, source: Callable[[], Values]) -> _Texts | None:
        for _ in range(_TRIES):
            try:
                return {name: self._texts_of(name, one) for name, one in source().items()}
            except RuntimeError as error:  # another thread changes what we write down
                fault = error
            except Exception as error:  # noqa: BLE001 the app's own dump()
                self._report("its state could not be written down", error)
                return None
        self._report("its state was changed by other threads all the time", fault)
        return None

    def _texts_of(self, name: str, states: Mapping[str, tuple[str, Any]]) -> dict[str, _Text]:
        """Without what is not JSON, which is reported once; it begins anew then."""
        texts: dict[str, _Text] = {}
        for key, (kind, value) in states.items():
            place = f"{name}.{key}"
            try:
                texts[key] = kind, encode(value, self._limit, place)
                self._told.discard(place)
            except NotStorable as error:
                if place not in self._told:
                    self._told.add(place)
                    self._report(f"its state is not kept: {error}", error)
        return texts


def _checked(states: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """The states of a group as they were written."""
    found = {}
    for key, (kind, value) in states.items():
        if not isinstance(kind, str):
            raise TypeError(f"{key} has no kind")
        found[key] = kind, value
    return found
