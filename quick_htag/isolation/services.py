"""What the processes of one server share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..guis.begun_events import BegunEvents
    from ..interfaces import Log, Timer
    from ..settings import Settings
    from ..stores.sessions import Sessions
    from ..topics.table import Topics
    from ..uploads import Uploads


@dataclass(frozen=True)
class ProcessServices:
    """What the processes of one server get from it.

    Attributes:
        settings: limits and timeouts.
        log: told of failures of apps.
        sessions: those of the server.
        timer: calls back later.
        uploads: what visitors send, and who follows it.
        begun: which events have begun to be handled.
        executor: runs what must not keep the connections waiting.
        reaper: runs what waits for the end of processes, which would keep all others waiting there.
        changed: told when a page has connected, or one has left.
        topics: gives those of the server.

    """

    settings: Settings
    log: Log
    sessions: Sessions
    timer: Timer
    uploads: Uploads
    begun: BegunEvents
    executor: Executor
    reaper: Executor
    changed: Callable[[], object]
    topics: Callable[[], Topics]
