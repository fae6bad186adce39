"""Topics of a server."""

from __future__ import annotations

from collections.abc import Callable
from queue import Queue
from typing import Any

from quick_htag import QuickServer, RedisStore

LIMIT = 20.0  # seconds


def test_an_endpoint_tells_a_function(live_server: QuickServer) -> None:
    """Whoever publishes does not know who listens; the decorator gives the function back."""
    got: Queue[Any] = Queue()
    seen: Queue[Any] = Queue()

    @live_server.on_topic("orders")
    def listen(data: Any) -> None:
        got.put(data)

    undo = live_server.subscribe("orders", seen.put)
    live_server.publish("orders", {"id": 7})
    assert (got.get(timeout=LIMIT), seen.get(timeout=LIMIT)) == ({"id": 7}, {"id": 7})
    undo()
    listen("direct")
    assert got.get(timeout=LIMIT) == "direct"


def test_two_servers_are_apart(start_server: Callable[..., QuickServer]) -> None:
    """Topics are those of a server, not of the process."""
    one, other = start_server(), start_server()
    got: Queue[Any] = Queue()
    one.subscribe("news", got.put)
    other.publish("news", "other")
    one.publish("news", "one")
    assert got.get(timeout=LIMIT) == "one"


def test_servers_that_share_a_redis(
    redis_server: Any, start_server: Callable[..., QuickServer]
) -> None:
    """What one publishes the other hears."""
    with RedisStore(redis_server.url) as first, RedisStore(redis_server.url) as second:
        one, other = start_server(store=first), start_server(store=second)
        got: Queue[Any] = Queue()
        other.subscribe("news", got.put)
        one.publish("news", [1, 2])
        assert got.get(timeout=LIMIT) == [1, 2]
        one.server_close()
        other.server_close()


def test_a_stopped_server_calls_nobody(start_server: Callable[..., QuickServer]) -> None:
    """Its threads have ended; publishing is harmless."""
    server = start_server()
    got: Queue[Any] = Queue()
    server.subscribe("news", got.put)
    server.shutdown()
    server.publish("news", 1)
    assert got.empty()
