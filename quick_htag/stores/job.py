"""One job as a value: its name, its state, its result or why there is none."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Literal

State = Literal["reserved", "queued", "running", "done", "failed", "cancelled", "expired"]
Listener = Callable[[], object]

_LIVE: Final = frozenset(("reserved", "queued", "running"))
# Below 2**53, so that clients which make a number of it keep every digit; always 16 digits.
_LOWEST, _HIGHEST = 10**15, 2**53


def new_token() -> str:
    """A secret name for a job or a piece of a result: 53 random bits as decimal digits."""
    return str(_LOWEST + secrets.randbelow(_HIGHEST - _LOWEST))


@dataclass(frozen=True)
class Failure:
    """Why a job has no result.

    Attributes:
        status: what the client is answered.
        message: text for the client; None: the answer of ``PreventDefaultResponse`` without one.
        trace: what happened, for the log; empty: the client is told everything.
        error: the exception, where it is at hand.
        prevented: the function has raised ``PreventDefaultResponse``.

    """

    status: int
    message: str | None
    trace: str = ""
    error: BaseException | None = None
    prevented: bool = False


class Job:
    """One job. Fields are written by its table only; reading them needs no lock.

    Attributes:
        token: its secret name.
        group: the endpoint it belongs to; nobody else's requests find it.
        owner: the session that has started it; None: whoever knows the token.
        client: the address it counts for; empty: none.
        state: where it is.
        result: its JSON text, when it is done.
        failure: why not, when it has failed.
        fraction: how far it says to be, 0 to 1; None: it does not say.
        text: what it says it does.
        told: how often it has said so.
        items: JSON texts of partial results, in order.
        created: monotonic time at which it was reserved, in seconds.
        ended: set at the end.
        kept: there is a record of it outside of the process.

    """

    __slots__ = (
        "client",
        "created",
        "ended",
        "failure",
        "fraction",
        "group",
        "items",
        "kept",
        "limit",
        "line",
        "line_name",
        "listeners",
        "number",
        "owner",
        "result",
        "state",
        "text",
        "token",
        "told",
        "until",
    )

    def __init__(self, token: str, group: str, owner: str | None, client: str = "") -> None:
        self.token = token
        self.group = group
        self.owner = owner
        self.client = client
        self.state: State = "reserved"
        self.result: str | None = None
        self.failure: Failure | None = None
        self.fraction: float | None = None
        self.text = ""
        self.told = 0
        self.items: list[str] = []
        self.created = 0.0
        self.ended = threading.Event()
        self.kept = False
        self.line: list[int] | None = None  # the numbers of those who wait with it, while it does
        self.line_name: Hashable = None
        self.number = 0
        self.limit: float | None = None  # seconds it may run
        self.until: float | None = None  # monotonic time at which it must have ended
        self.listeners: tuple[Listener, ...] = ()

    @property
    def alive(self) -> bool:
        """Whether it is not over."""
        return self.state in _LIVE

    def __repr__(self) -> str:
        return f"<Job {self.state} {self.group}>"
