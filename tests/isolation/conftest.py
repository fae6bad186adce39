"""Two ends of a connection, and what stands for a server and a process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.isolation.hub import Hub
from quick_htag.isolation.link import Link
from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions
from quick_htag.topics.table import Topics
from quick_htag.uploads import Uploads


class Ends:
    """Both ends of one connection: ``here`` and ``there``, and what ``there`` was told."""

    def __init__(self, hub: Hub, here_server: Any, patient: bool) -> None:
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Callable[..., Any]] = {}
        self.lost_there = False
        ours, theirs = socket.socketpair()
        for sock in (ours, theirs):
            sock.setblocking(False)
        self.there = Link(theirs, hub, self, 2, patient=patient)
        self.here = Link(ours, hub, here_server or Ends.Silent(), 1)
        hub.adopt(self.there)
        hub.adopt(self.here)

    class Silent:
        """Answers nothing."""

        def asked(self, link: Link, talk: int, name: str, value: dict[str, Any]) -> None:
            raise KeyError(name)

        def noted(self, link: Link, name: str, value: dict[str, Any]) -> None:
            pass

        def lost(self, link: Link) -> None:
            pass

    def asked(self, link: Link, talk: int, name: str, value: dict[str, Any]) -> Any:
        return self.answers[name](link, talk, value)

    def noted(self, link: Link, name: str, value: dict[str, Any]) -> None:
        self.notes.append((name, value))

    def lost(self, link: Link) -> None:
        self.lost_there = True


@pytest.fixture
def hub(no_thread_left: None) -> Iterator[Hub]:
    """A hub; closed when the test is over. What fails in it fails the test."""
    failures: list[Any] = []
    made = Hub("test-hub", lambda text, error: failures.append((text, error)))
    yield made
    assert made.close(30.0)
    assert not failures


@pytest.fixture
def linked(hub: Hub) -> Callable[..., Ends]:
    """``linked(server=None)``: two ends; ``server`` answers at ``here``."""

    def make(server: Any = None, patient: bool = False) -> Ends:
        return Ends(hub, server, patient)

    return make


@pytest.fixture
def services(hub: Hub) -> Iterator[SimpleNamespace]:
    """What processes share, as ``ProcessServices`` has it; ``begun`` notes what it is told."""
    settings = Settings()
    topics = Topics(settings, MessageLog())
    begun = SimpleNamespace(told=[], begin=lambda *args: begun.told.append(args) or True)
    with ThreadPoolExecutor(4) as executor, ThreadPoolExecutor(4) as reaper:
        yield SimpleNamespace(
            settings=settings,
            log=MessageLog(),
            sessions=Sessions(settings),
            timer=hub,
            uploads=Uploads(settings),
            begun=begun,
            executor=executor,
            reaper=reaper,
            changed=lambda: None,
            topics=lambda: topics,
        )
