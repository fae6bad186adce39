"""The interface of stores of tokens; test_tokens runs a store that was written for quick_server."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.stores.token_handler import TokenHandler

NAMES = ("lock", "ttl", "flush_old_tokens", "add_token", "put_token", "delete_token", "get_tokens")


def test_what_a_store_must_have() -> None:
    """The methods quick_server asks for, and no others."""
    assert TokenHandler.__abstractmethods__ == set(NAMES)
    with pytest.raises(TypeError, match="abstract"):
        TokenHandler()  # type: ignore[abstract]


def test_what_it_may_leave_to_us() -> None:
    """The rest works with those."""
    stored: list[Any] = []
    methods = {name: lambda self, *args: stored.append(args) for name in NAMES}
    handler: Any = type("Plain", (TokenHandler,), methods)()
    with handler.hold("t", 1.0):
        handler.put_changes("t", {"a": 1}, handler.note({}))
    assert stored == [("t", {"a": 1})]
