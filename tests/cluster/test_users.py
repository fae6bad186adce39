"""200 users, three servers: one is killed, another drained, and nobody loses what was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.cluster.users import User

USERS = 200
BACK = 5.0  # seconds in which a user who was cut off is served again
LIMIT = 60.0  # seconds for everybody to be there


async def _storm(cluster: Any, users: list[User]) -> None:
    stop = asyncio.Event()
    lives = [asyncio.create_task(user.live(stop)) for user in users]
    await _all_served(users)
    await asyncio.to_thread(cluster.servers[0].kill)
    await _all_served(users)
    await asyncio.to_thread(cluster.servers[1].drain)
    await _all_served(users)
    await asyncio.to_thread(cluster.servers[0].start)
    await _all_served(users)
    stop.set()
    await asyncio.gather(*lives)


async def _all_served(users: list[User]) -> None:
    """Each of them has had two more clicks done, the second surely begun after this moment."""
    for _ in range(2):
        for user in users:
            user.served.clear()
        waits = (user.served.wait() for user in users)
        await asyncio.wait_for(asyncio.gather(*waits), LIMIT)


def _shown_at_the_end(user: User) -> int:
    assert user._load() is not None
    return user.shown


@pytest.mark.parametrize("proxy", ["nginx", "haproxy"])
def test_users_go_on(start_cluster: Callable[..., Any], proxy: str) -> None:
    """Every click that was done is there at the end, and everybody is back in five seconds."""
    cluster = start_cluster(proxy, dask=False)
    users = [User(cluster.url) for _ in range(USERS)]
    asyncio.run(_storm(cluster, users))
    cut = [seconds for user in users for seconds in user.returns]
    print(f"{proxy}: {len(cut)} cuts, back after {max(cut):.2f} s at the most")
    assert len(cut) >= USERS // 4  # the servers that went had users
    assert max(cut) <= BACK
    for user in users:
        assert user.done <= _shown_at_the_end(user) <= user.sent


def test_users_are_spread(start_cluster: Callable[..., Any]) -> None:
    """No server has them all, and one that comes back gets some again."""
    cluster = start_cluster("nginx", dask=False)

    def ports() -> set[int]:
        return {requests.get(f"{cluster.url}where", timeout=30).json()["port"] for _ in range(60)}

    assert ports() == {server.port for server in cluster.servers}
    cluster.servers[2].drain()
    assert ports() == {server.port for server in cluster.servers[:2]}
