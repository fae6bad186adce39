"""The example of the store in Redis has two servers that know the same visitors."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import requests

from quick_htag import RedisStore


def test_either_server_will_do(
    load_example: Callable[[str], Any], start_server: Callable[..., Any], redis_server: Any
) -> None:
    """For sessions and for tokens; when one has stopped, the other goes on."""
    module = load_example("store_redis")
    with RedisStore(redis_server.url, prefix=f"{secrets.token_hex(8)}:") as store:
        options = {"store": store, "settings": module.SETTINGS}
        one, two = (start_server(module.add_routes, **options) for _ in "ab")
        with requests.Session() as visitor:
            for number, server in enumerate((one, two, one), 1):
                seen = visitor.get(server.url, timeout=30).json()
                assert seen == {"visits": number, "last port": server.server_port}
            token = visitor.get(f"{one.url}token", timeout=30).json()["token"]
            one.server_close()
            used = visitor.get(f"{two.url}token?token={token}", timeout=30).json()["used"]
            assert (used, visitor.get(two.url, timeout=30).json()["visits"]) == (2, 4)
        two.server_close()
