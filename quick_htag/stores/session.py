"""One visitor: the live mapping, and what of it is in the store."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ..errors import NotStorable, StoreBusy
from .block import Block
from .session_data import SessionData
from .values import DEFAULT_SIZE, SCALARS, decode, encode

Permits = Callable[[Mapping[str, str]], bool]
"""Asked with the JSON texts of the store, by key, while nobody else can write there."""

_TRIES = 10  # to write down a mapping that other threads change meanwhile


class Keeper(Protocol):
    """What a session needs of the store."""

    lock_timeout: float
    """Seconds to wait for a block of somebody else."""

    shared: bool
    """Other processes may use the same store."""

    def save(self, session: Session, permits: Permits | None = None) -> None:
        """Store what was changed, see ``Session.save``."""

    def refresh(self, session: Session) -> bool:
        """Take over what others have stored; False: the session has ended."""

    def prolong(self, session: Session) -> None:
        """Tell the store that it was in use until now."""

    def locked(self, session: Session) -> AbstractContextManager[None]:
        """Keeps blocks of all processes out."""


class Session:
    """One visitor.

    Attributes:
        id: the secret in the cookie; never shown, logged or stored in the clear.
        uid: names the session for its whole life, in all processes; tells nothing about ``id``.
        short_id: eight characters that name the session in lists and logs; not derived from ``id``.
        created: monotonic time of issue, or of the load after a restart, in seconds.
        last_used: monotonic time of the last use, in seconds.
        born: when it was issued, in seconds since the epoch.
        address: host of the client that got it.
        user: who has logged in; None: nobody.
        data: the one mapping that routes and GUI share.
        carried: what its apps have instead when the host has sessions; see ``guis``. None: nothing.
        pins: live GUI instances; a pinned session is in use.
        ended: nothing of it is stored any more.
        version: how often it was stored, by any process.
        texts: what the store has: JSON text by key. Guarded by ``lock``, as is ``version``.

    """

    __slots__ = (
        "_block",
        "_keeper",
        "_seen",
        "_told",
        "address",
        "born",
        "carried",
        "created",
        "data",
        "ended",
        "id",
        "last_used",
        "lock",
        "pins",
        "short_id",
        "stored_at",
        "texts",
        "uid",
        "user",
        "version",
    )

    def __init__(
        self, keeper: Keeper, session_id: str, short_id: str, address: str, now: float
    ) -> None:
        self.id = session_id
        self.uid = os.urandom(16).hex()
        self.short_id = short_id
        self.created = now
        self.last_used = now
        self.stored_at = now  # monotonic time at which the store was told of a use
        self.born = 0.0
        self.address = address
        self.user: str | None = None
        self.data = SessionData(None, self)
        self.carried: Any = None  # set under ``lock``
        self.pins = 0
        self.ended = False
        self.version = 0
        self.texts: dict[str, str] = {}
        self.lock = threading.RLock()  # held while it is stored or loaded
        self._keeper = keeper
        self._block: Block | None = None  # set under ``lock``; few visitors need one
        # what the data was when the store had all of it, if nothing in it can change by itself
        self._seen: dict[str, Any] | None = None
        self._told: dict[str, Any] = {}  # values that are not JSON, which was reported

    def __repr__(self) -> str:
        return f"<Session {self.short_id}>"

    def take(self, data: SessionData) -> None:
        """Make ``data``, of a visitor who had no session, the data of this one."""
        self.data = data
        data.belong_to(self)

    def save(self, permits: Permits | None = None) -> None:
        """Store what was changed since it was last stored; nothing happens without a change.

        Args:
            permits: may refuse: then what was changed is given up, and what others have stored is
                taken over. Not asked where no other process can have stored anything.

        Raises:
            NotStorable: something in it is not JSON, which is told once, and the rest is stored; or
                it is too large, and what was changed is undone.
            StoreUnavailable: the store cannot be used now; the change is stored with the next one.

        """
        if not self.is_as_seen():
            self._keeper.save(self, permits)

    def is_as_seen(self) -> bool:
        """Whether the data is what it was, by a look at which objects are in it.

        Most requests read a session and change nothing, and most sessions have texts and numbers.
        Writing these down to compare them takes 3 µs for one key, this 0.3.
        """
        seen, data = self._seen, self.data
        if seen is None or len(seen) != len(data):
            return False
        for key, value in seen.items():  # noqa: SIM110 ``all`` takes as long again
            if data.get(key, self) is not value:
                return False
        return True

    def nothing_stored(self) -> None:
        """The store has a record of it, with no data."""
        self._seen = {}

    def is_alone(self) -> bool:
        """Whether nobody else can have stored anything in it, nor ended it."""
        return not (self.ended or self._keeper.shared)

    def refresh(self) -> bool:
        """Take over what other processes have stored; False: the session has ended."""
        return self._keeper.refresh(self)

    def prolong(self) -> None:
        """Tell the store that it was in use until now, which live apps do not tell meanwhile."""
        self._keeper.prolong(self)

    # -- blocks ------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Begin a ``with`` block, with what the store has now.

        Raises:
            StoreBusy: somebody else kept the session for longer than
                ``settings.session_lock_timeout`` seconds.

        """
        timeout = self._keeper.lock_timeout
        if self._block is None:
            with self.lock:
                if self._block is None:
                    self._block = Block()
        block = self._block
        if not block.lock.acquire(timeout=timeout):
            raise StoreBusy(f"session {self.short_id}", timeout)
        block.enter(lambda: self._keeper.locked(self), lambda: self._keeper.refresh(self))

    def leave(self) -> None:
        """End a ``with`` block and store what was changed in it."""
        assert self._block is not None
        self._block.leave(lambda: self._keeper.save(self))

    # -- what has changed; the lock is held --------------------------------------------------------

    def changes(self, max_size: int) -> tuple[dict[str, str], list[str], NotStorable | None]:
        """What is to be stored, which keys are to be removed there, and what was wrong.

        A value that is not JSON is told once and stays, here only: the requests that follow shall
        not all fail. When all takes more than ``max_size`` bytes, what was changed is undone.
        """
        texts: dict[str, str] = {}
        fault: NotStorable | None = None
        found = dict(self.data)  # before they are written down: what is newer is not as seen
        for key in list(found):
            try:
                texts[key] = self._text(key, max_size)
            except NotStorable as error:
                if self._tell(key):
                    fault = fault or error
            except KeyError:  # removed meanwhile
                continue
        changed = {key: text for key, text in texts.items() if self.texts.get(key) != text}
        size = sum(map(len, texts.values()))
        if changed and size > max_size:
            fault = NotStorable("session", f"takes {size} bytes, more than the {max_size} allowed")
            for key in changed:
                self._undo(key)
            changed = {}
        removed = [key for key in self.texts if key not in self.data]
        stored = not (changed or removed or fault)
        fixed = stored and all(value.__class__ in SCALARS for value in found.values())
        self._seen = found if fixed else None
        return changed, removed, fault

    def adopt(self, texts: dict[str, str], mine: Iterable[str] = ()) -> None:
        """Take over what others have stored, except for keys that were changed here as well.

        Args:
            texts: what the store has now.
            mine: keys that were stored from here just now.

        """
        for key in mine:
            if key in texts:
                self.texts[key] = texts[key]
            else:
                self.texts.pop(key, None)
        for key, text in texts.items():
            if self.texts.get(key) != text and self._unchanged(key):
                self.data[key] = decode(text)
                self.texts[key] = text
        for key in [key for key in self.texts if key not in texts]:
            if self._unchanged(key):
                self.data.pop(key, None)
                del self.texts[key]

    def give_up(self) -> None:
        """Have what the store had last, and nothing that was changed here since. Any thread."""
        with self.lock:
            for key in {*list(self.data), *self.texts}:
                if not self._unchanged(key):
                    self._undo(key)

    def _unchanged(self, key: str) -> bool:
        if key not in self.data:
            return key not in self.texts
        try:
            return self._text(key) == self.texts.get(key)
        except (NotStorable, KeyError):  # it is told when it is to be stored
            return False

    def _text(self, key: str, max_size: int = DEFAULT_SIZE) -> str:
        for _ in range(_TRIES):
            try:
                if key.__class__ is not str:
                    raise NotStorable(
                        f"session[{key!r}]", "has a key that is no text; use str(...)"
                    )
                return encode(self.data[key], max_size, f"session[{key!r}]")
            except RuntimeError:  # another thread changes what we write down
                continue
        raise NotStorable(f"session[{key!r}]", "was changed by other threads all the time")

    def _tell(self, key: str) -> bool:
        """Whether it was not told yet that this value is not JSON."""
        value = self.data.get(key)
        if key in self._told and self._told[key] is value:
            return False
        self._told[key] = value
        return True

    def _undo(self, key: str) -> None:
        if key in self.texts:
            self.data[key] = decode(self.texts[key])
        else:
            self.data.pop(key, None)
