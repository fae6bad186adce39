"""Stores what an app changes in the session of its visitor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ..errors import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..stores.session import Session
    from .kept_states import KeptStates

T = TypeVar("T")

Report = Callable[[str, BaseException | None], None]


class SessionSaver:
    """The session of one instance, seen from its pages, events and pushes. Any thread.

    What goes wrong is reported and stops no app. A store that is away is left alone for a moment,
    since each try takes its time; what was changed is stored with a later one.

    Args:
        session: whose it is.
        clock: the monotonic clock.
        report: told what went wrong.
        states: those of the app that are a part of the session; None: it keeps none.

    Attributes:
        report: as above.
        states: as above.

    """

    def __init__(
        self, session: Session, clock: Clock, report: Report, states: KeptStates | None = None
    ) -> None:
        self.states = states
        self._session = session
        self._clock = clock
        self.report = report
        self._away_until = 0.0  # monotonic time

    def save(self) -> None:
        """Store what was changed; nothing happens without a change.

        An app that another server has gone on with writes nothing: what it does late, while its
        server stops say, would undo what was done there since.
        """
        if self.states is None:
            if not self._session.is_as_seen():
                self._use(self._session.save)
            return
        self.refresh()
        if not self.states.is_current():
            return
        self.states.note()
        if not self._session.is_as_seen():
            self._use(partial(self._session.save, self.states.permits))

    def give_up(self) -> None:
        """Drop what was changed and not stored, while no other instance here uses the session."""
        self._session.give_up()

    def refresh(self) -> None:
        """Take over what other processes have stored."""
        if not self._session.is_alone():
            self._use(self._session.refresh)

    def prolong(self) -> None:
        """Tell the store that it was in use until now."""
        self._use(self._session.prolong)

    def ask(self, function: Callable[[], T], otherwise: T) -> T:
        """What ``function`` gives, which uses the store; ``otherwise`` while that is away."""
        if self._clock() < self._away_until:
            return otherwise
        try:
            return function()
        except StoreError as error:
            if isinstance(error, StoreUnavailable):
                self._away_until = self._clock() + error.retry_after
            self.report(f"its session was not stored: {error}", error)
            return otherwise

    def _use(self, function: Callable[[], object]) -> None:
        self.ask(function, None)
