"""What apps have offered their visitors to save, until it is fetched."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..interfaces import Timer
    from ..settings import Settings
    from .attachment import Attachment

_TOKEN_BYTES: Final = 16


class _Offer:
    """One offer; its fields belong to the table it is in."""

    __slots__ = ("attachment", "begun", "forget", "owner")

    def __init__(self, owner: str, attachment: Attachment) -> None:
        self.owner = owner
        self.attachment = attachment
        self.begun = False
        self.forget: Callable[[], object] = lambda: None  # undoes its timer


class Downloads:
    """The offers of one server. Any thread; nothing here waits.

    An offer is fetched once, by the session it was made for. What is not made piece by piece may be
    fetched on with ranges for a while, since a browser goes on so after a broken connection.

    Args:
        settings: how long, and how many.
        timer: calls back when the time of an offer is over.

    """

    def __init__(self, settings: Settings, timer: Timer) -> None:
        self._settings = settings
        self._timer = timer
        self._lock = threading.Lock()  # guards the table and the offers in it
        self._offers: dict[str, _Offer] = {}  # by token, the oldest first
        self._closed = False

    def __len__(self) -> int:
        return len(self._offers)

    def offer(self, owner: str, attachment: Attachment) -> str:
        """Keep something for a session; the token it is fetched with. It is ours from now on.

        When a session has too many, its oldest one makes room.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        offer = _Offer(owner, attachment)
        with self._lock:
            mine = [one for one, other in self._offers.items() if other.owner == owner]
            surplus = mine[: max(0, len(mine) + 1 - self._settings.max_downloads)]
            dropped = [self._offers.pop(one) for one in surplus]
            if self._closed:
                dropped.append(offer)
            else:
                self._offers[token] = offer
                self._remember(token, offer, self._settings.download_timeout)
        _end(dropped)
        return token

    def take(self, owner: str | None, token: str, *, continues: bool) -> Attachment | None:
        """What to send; None: there is nothing for this session, or not any more.

        Args:
            owner: the session that asks; None: there is none.
            token: as ``offer`` gave it.
            continues: a part is asked for.

        """
        with self._lock:
            offer = self._offers.get(token)
            if offer is None or offer.owner != owner or (offer.begun and not continues):
                return None
            offer.forget()
            if offer.attachment.once:
                del self._offers[token]  # the transport closes what it sends
            else:
                offer.begun = True
                self._remember(token, offer, self._settings.download_resume)
            return offer.attachment

    def peek(self, owner: str | None, token: str) -> Attachment | None:
        """What would be sent; it stays on offer."""
        with self._lock:
            offer = self._offers.get(token)
            mine = offer is not None and offer.owner == owner and not offer.begun
            return offer.attachment if offer is not None and mine else None

    def forget(self, owner: str) -> None:
        """A session has ended."""
        with self._lock:
            mine = [token for token, offer in self._offers.items() if offer.owner == owner]
            dropped = [self._offers.pop(token) for token in mine]
        _end(dropped)

    def close(self) -> None:
        """Forget everything and take no more; again is harmless."""
        with self._lock:
            self._closed = True
            dropped = list(self._offers.values())
            self._offers.clear()
        _end(dropped)

    def _remember(self, token: str, offer: _Offer, seconds: float) -> None:
        """Forget it later. The lock is held."""
        offer.forget = self._timer.call_later(seconds, partial(self._expire, token, offer))

    def _expire(self, token: str, offer: _Offer) -> None:
        with self._lock:
            if self._offers.get(token) is offer:
                del self._offers[token]
        offer.attachment.close()


def _end(offers: list[_Offer]) -> None:
    """Outside of the lock: closing a generator runs code of the app."""
    for offer in offers:
        offer.forget()
        offer.attachment.close()
