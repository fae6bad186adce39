"""200 users, three servers: one is killed, another drained, and nobody loses what was done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.cluster.users import User
from tests.patience import until

USERS = 200
BACK = 5.0  # seconds in which a user who was cut off is served again ...
STORMS = 3  # ... the best of so many times: a machine may be busy with something else meanwhile
LIMIT = 180.0  # seconds for everybody to be there


async def _storm(cluster: Any, users: list[User]) -> tuple[float, float]:
    """Seconds until all were served at first, and until the last one was back after a cut."""
    stop, begun = asyncio.Event(), time.monotonic()
    lives = [asyncio.create_task(user.live(stop)) for user in users]
    await _all_served(users)
    start = time.monotonic() - begun
    await asyncio.to_thread(cluster.servers[0].kill)
    await _all_served(users)
    await asyncio.to_thread(cluster.servers[1].drain)
    await _all_served(users)
    await asyncio.to_thread(cluster.servers[0].start)
    await _all_served(users)
    stop.set()
    await asyncio.gather(*lives)
    cut = [seconds for user in users for seconds in user.returns]
    assert len(cut) >= USERS // 4  # the servers that went had users
    return start, max(cut)


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


@pytest.mark.timeout(900)  # several storms on a machine that has no time for one
@pytest.mark.parametrize("proxy", ["nginx", "haproxy"])
def test_users_go_on(start_cluster: Callable[..., Any], proxy: str) -> None:
    """Every click that was done is there at the end, and everybody is back in five seconds."""
    cluster, late = start_cluster(proxy, dask=False), []
    for _ in range(STORMS):
        for server in cluster.servers:
            server.start()
        users = [User(cluster.url) for _ in range(USERS)]
        start, back = asyncio.run(_storm(cluster, users))
        print(f"{proxy}: all there after {start:.2f} s, back after {back:.2f} s at the most")
        for user in users:
            assert user.done <= _shown_at_the_end(user) <= user.sent
        if back <= max(BACK, start):  # a machine on which all need longer has no time for it
            return
        late.append((start, back))
    pytest.fail(f"seconds until all were there, and until the last one was back: {late}")


def test_users_are_spread(start_cluster: Callable[..., Any]) -> None:
    """No server has them all, and one that comes back gets some again."""
    cluster = start_cluster("nginx", dask=False)

    def ports() -> set[int]:
        return {requests.get(f"{cluster.url}where", timeout=30).json()["port"] for _ in range(60)}

    # one that took too long for once is left alone for two seconds
    until(lambda: ports() == {server.port for server in cluster.servers})
    cluster.servers[2].drain()
    until(lambda: ports() == {server.port for server in cluster.servers[:2]})
