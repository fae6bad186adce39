"""Which instances there are, whose they are, and who makes room when there are too many."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..deadline import Deadline
from ..errors import HTTPError, NoCapacity
from ..messages.networks import PROXY_ADVICE, network_of
from .instance import GuiInstance

if TYPE_CHECKING:
    from ..settings import Settings
    from ..stores.session import Session
    from ..stores.sessions import Sessions
    from .instance_end import InstanceEnd
    from .pages import Page
    from .services import Mount


def busy(detail: str) -> HTTPError:
    """503, to be tried again soon."""
    return HTTPError(503, detail, [("Retry-After", "5")])


class InstanceTable:
    """The instances of one host, by session. Any thread.

    Args:
        settings: the limits.
        sessions: those with a live instance are pinned.

    """

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions
        self._lock = threading.Lock()  # guards everything below; only Sessions is called under it
        self._live: dict[str, list[GuiInstance]] = {}  # by session id, the oldest first
        self._count = 0
        self._by_address: Counter[str] = Counter()
        # by network, the oldest first: whose page has not connected yet, as far as was looked
        self._unvisited: dict[str, dict[GuiInstance, None]] = {}
        self._ending: set[InstanceEnd] = set()
        self._left: set[InstanceEnd] = set()  # their threads are busy
        self._closed = False

    def __len__(self) -> int:
        return self._count

    @property
    def closed(self) -> bool:
        """Whether the server stops: there are no new instances."""
        return self._closed

    def find_page(
        self, mount: Mount | None, session: Session, page_id: str
    ) -> tuple[GuiInstance, Page] | None:
        """A page of this session and its instance; ``mount`` None: wherever it is bound."""
        with self._lock:
            found = list(self._of(mount, session))
        for instance in found:
            page = instance.pages.find(page_id)
            if page is not None:
                return instance, page
        return None

    def of(self, mount: Mount | None, session: Session) -> list[GuiInstance]:
        """The live instances of a session; ``mount`` None: all."""
        with self._lock:
            return list(self._of(mount, session))

    def live(self) -> list[GuiInstance]:
        """Every live instance."""
        with self._lock:
            return list(self._all())

    def left_behind(self) -> int:
        """How many threads of ended instances are still busy with foreign code."""
        with self._lock:
            return len(self._still_busy())

    def obtain(
        self,
        mount: Mount,
        session: Session,
        address: str,
        make: Callable[[str], GuiInstance],
    ) -> tuple[GuiInstance, GuiInstance | None]:
        """The shared instance, or a new one.

        Args:
            mount: where its app is bound.
            session: whose it is.
            address: host of the visitor.
            make: makes one; told what its address counts as.

        Returns:
            the instance, and one that was removed for it and must be ended; None: none was.

        Raises:
            NoCapacity: a limit is reached.
            HTTPError: 503, the server stops or the session has ended just now.

        """
        network = network_of(address)
        with self._lock:
            if not mount.options.per_tab and session.uid in self._live:
                shared = next((one for one in self._of(mount, session) if not one.closed), None)
                if shared is not None:
                    return shared, None
            victim = self._crowded(session, network)
            if victim is not None:
                self._remove(victim)
            self._check_room(network)
            if not self._sessions.pin(session):
                raise busy("the session has ended, try again")
            instance = make(network)
            self._live.setdefault(session.uid, []).append(instance)
            self._count += 1
            self._by_address[network] += 1
            self._unvisited.setdefault(network, {})[instance] = None
            return instance, victim

    def ended(self, ending: InstanceEnd) -> None:
        """It takes no more pages; its thread may still have to be told."""
        with self._lock:
            self._remove(ending.instance)
            self._ending.add(ending)
        self._sessions.unpin(ending.instance.session)

    def gone(self, ending: InstanceEnd) -> None:
        """It has been told, or was given up."""
        with self._lock:
            self._ending.discard(ending)
            if ending.left_behind:
                self._left.add(ending)

    def close(self) -> None:
        """Take no more instances."""
        with self._lock:
            self._closed = True

    def ending(self) -> list[InstanceEnd]:
        """Those that have not been told yet."""
        with self._lock:
            return list(self._ending)

    # -- the lock is held --------------------------------------------------------------------------

    def _of(self, mount: Mount | None, session: Session) -> Iterator[GuiInstance]:
        mine = self._live.get(session.uid, ())
        return (one for one in mine if mount is None or one.mount.path == mount.path)

    def _all(self) -> Iterator[GuiInstance]:
        return (one for several in self._live.values() for one in several)

    def _check_room(self, network: str) -> None:
        settings = self._settings
        if self._closed:
            raise busy("the server stops")
        if self._count >= settings.max_instances:
            raise NoCapacity(f"the limit of {settings.max_instances} live apps is reached")
        if self._by_address[network] >= settings.max_instances_per_address:
            limit = f"the limit of {settings.max_instances_per_address} live apps for {network}"
            raise NoCapacity(f"{limit} is reached{PROXY_ADVICE}")
        if len(self._still_busy()) >= settings.max_left_behind:
            left = f"{settings.max_left_behind} threads of apps that ended are still busy"
            raise NoCapacity(f"{left}, see timeout_interaction")

    def _crowded(self, session: Session, network: str) -> GuiInstance | None:
        """The instance that must make room for one of this session, if one must."""
        settings = self._settings
        mine = self._live.get(session.uid, ())
        left = 0
        if self._left:
            left = sum(one.instance.session is session for one in self._still_busy())
        limit = settings.max_instances_per_session
        if len(mine) + left >= limit:
            idle = [instance for instance in mine if not instance.pages.connected]
            if not idle:
                raise NoCapacity(f"the limit of {limit} live apps per session is reached")
            return min(idle, key=lambda instance: instance.pages.last_active)
        if self._by_address[network] >= settings.max_instances_per_address:
            return self._first_unvisited(network)
        if self._count < settings.max_instances:
            return None
        found = [
            one for one in map(self._first_unvisited, list(self._unvisited)) if one is not None
        ]
        return min(found, key=lambda instance: instance.created, default=None)

    def _first_unvisited(self, network: str) -> GuiInstance | None:
        """The oldest instance whose page never connected: a program that only fetches pages.

        Each that has been visited is passed over once, so that the thousandth page of such a
        program takes no longer than its first.
        """
        waiting = self._unvisited.get(network, {})
        while waiting:
            first = next(iter(waiting))
            if not first.pages.ever_connected:
                return first
            del waiting[first]
        self._unvisited.pop(network, None)
        return None

    def _still_busy(self) -> set[InstanceEnd]:
        if self._left:
            now = Deadline(0.0)
            self._left = {ending for ending in self._left if not ending.join(now)}
        return self._left

    def _remove(self, instance: GuiInstance) -> None:
        mine = self._live.get(instance.session.uid, [])
        if instance not in mine:
            return
        mine.remove(instance)
        self._count -= 1
        self._by_address[instance.network] -= 1
        waiting = self._unvisited.get(instance.network, {})
        waiting.pop(instance, None)
        if not waiting:
            self._unvisited.pop(instance.network, None)
        if not self._by_address[instance.network]:
            del self._by_address[instance.network]
        if not mine:
            del self._live[instance.session.uid]
