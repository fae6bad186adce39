"""Sessions, tokens and jobs as rows, each of a dataclass whose fields are the columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Final

from .tables import short_duration, size

_text: Callable[[], Any] = partial(field, metadata={"kind": "text"})
_count: Callable[[], Any] = partial(field, metadata={"kind": "count"})
_bytes: Callable[[], Any] = partial(field, metadata={"kind": "bytes"})
_seconds: Callable[[], Any] = partial(field, metadata={"kind": "seconds"})
_percent: Callable[[], Any] = partial(field, metadata={"kind": "percent"})

_ID_PART: Final = 6  # characters of a token that are shown, if it has four times as many


@dataclass(frozen=True)
class SessionRow:
    """A session with one of its live apps, or without one.

    Attributes:
        session: names the session; not its secret.
        user: who has logged in; empty: nobody.
        app: name of the app; empty: there is none.
        at: path the app is bound to.
        age: seconds since the app was built, or the session was issued.
        idle: seconds since the last sign of life of a page, or the last use of the session.
        transport: how its pages are connected, "-" when none is; empty: there is no app.
        address: host of the visitor.
        pages: how many pages the app has, connected or not.
        tasks: asyncio tasks of the app.

    """

    session: str = _text()
    user: str = _text()
    app: str = _text()
    at: str = _text()
    age: float = _seconds()
    idle: float = _seconds()
    transport: str = _text()
    address: str = _text()
    pages: int = _count()
    tasks: int = _count()


@dataclass(frozen=True)
class TokenRow:
    """A token; never the whole of it.

    Attributes:
        token: how it begins, see ``shortened``.
        ttl: seconds it has left; None: it does not expire.
        size: bytes of its data as JSON; None: it holds what is not JSON.
        keys: how many keys its data has.

    """

    token: str = _text()
    ttl: float | None = _seconds()
    size: int | None = _bytes()
    keys: int = _count()


@dataclass(frozen=True)
class JobRow:
    """A job that waits, runs, or has a result that nobody has fetched.

    Attributes:
        job: the last six digits of its name, as in the log.
        endpoint: where it was started.
        state: "queued", "running", "done", "failed" ...
        position: its place in the line, 1: the next; None: it does not wait.
        progress: how far it says to be, in percent; None: it does not say.
        text: what it says it does.
        age: seconds since it was started.
        session: the session that has started it; empty: none, or one of another process.

    """

    job: str = _text()
    endpoint: str = _text()
    state: str = _text()
    position: int | None = _count()
    progress: float | None = _percent()
    text: str = _text()
    age: float = _seconds()
    session: str = _text()


Row = SessionRow | TokenRow | JobRow


def kinds(row_type: type[Any]) -> dict[str, str]:
    """The columns of a kind of rows, in order, and what is in them."""
    return {one.name: one.metadata["kind"] for one in fields(row_type)}


def cell(value: Any, kind: str) -> str:
    """A value as it is shown."""
    if value is None or value == "":
        return "-"
    if kind == "seconds":
        return short_duration(value)
    if kind == "bytes":
        return size(value)
    return f"{value:.0f}%" if kind == "percent" else str(value)


def shortened(token: str) -> str:
    """How a token begins, for lists: at most a quarter of it."""
    return f"{token[: min(_ID_PART, len(token) // 4)]}..."
