"""The session of a host, FastAPI's say, between a server and the process of an app.

It goes along with each page, and with the events and polls of pages that have no websocket, and
what the app has written comes back with the answer. What is no JSON stays in the server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ..guis.carried_session import CarriedSession

if TYPE_CHECKING:
    from ..stores.session import Session

FIELD: Final = "host"  # of a question, and of its answer

Values = dict[str, Any]


def plain(values: Mapping[str, Any]) -> Values:
    """What of it is JSON."""
    found = {}
    for key, value in list(values.items()):
        with suppress(TypeError, ValueError, RecursionError):
            found[key] = json.loads(json.dumps(value))
    return found


# -- in the server ---------------------------------------------------------------------------------


def told(session: Session) -> Values | None:
    """What the process is told; None: the host has no sessions."""
    return None if session.carried is None else plain(session.carried)


def take(session: Session, before: Values | None, after: Any) -> None:
    """Do what the app has done.

    Args:
        session: of the visitor.
        before: what the process was told.
        after: what it has made of that; None: it has not said.

    """
    carried: MutableMapping[str, Any] | None = session.carried
    if carried is None or before is None or not isinstance(after, dict):
        return
    for key in before.keys() - after.keys():
        carried.pop(key, None)
    for key, value in after.items():
        if key not in before or before[key] != value:
            carried[key] = value


# -- in the process --------------------------------------------------------------------------------


def bring(session: Session, value: Values) -> Values | None:
    """Let the app have what has come with a question; gives what ``answer`` needs.

    Events and polls come on the thread of the hub, which must not wait for the lock: who has it may
    wait for an answer of the server. They come after a page was opened, on a thread of its own.

    """
    theirs: Values | None = value.get(FIELD)
    if theirs is None:
        return None
    if session.carried is None:
        with session.lock:
            if session.carried is None:
                session.carried = CarriedSession()
    session.carried.exchange(theirs)
    return theirs


def answer(session: Session, theirs: Values | None) -> Values:
    """What belongs to the answer."""
    if theirs is None:
        return {}
    session.carried.exchange(theirs)
    return {FIELD: plain(theirs)}
