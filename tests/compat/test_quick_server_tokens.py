"""Scripts for quick_server keep their tokens, also in a store of their own."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from quick_htag import QuickServer, TokenHandler, create_server

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_token_as_dict_and_as_block(server: QuickServer) -> None:
    """The oldest scripts use what they get, later ones enter it."""
    token = server.create_token()
    server.get_token_obj(token)["old"] = 1
    with server.get_token_obj(token, expire=None, readonly=False) as obj:
        obj["new"] = obj["old"] + 1
    with server.get_token_obj(token, readonly=True) as obj:
        assert obj == {"old": 1, "new": 2}
    assert (server.get_tokens(), server.get_token_ttl(token)) == ([token], None)


class Stored(TokenHandler):
    """A store as a script for quick_server has it: nothing but what its interface asks for."""

    def __init__(self) -> None:
        self.data: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self._lock = threading.Lock()

    def lock(self, key: str | None) -> Any:
        @contextmanager
        def locked() -> Iterator[None]:
            with self._lock:
                yield

        return locked()

    def ttl(self, key: str) -> float | None:
        return None if key in self.data else 0

    def flush_old_tokens(self) -> None:
        self.calls.append("flush")

    def add_token(self, key: str, expire: float | None) -> dict[str, Any]:
        self.calls.append("add")
        return dict(self.data.setdefault(key, {}))

    def put_token(self, key: str, obj: dict[str, Any]) -> None:
        self.data[key] = dict(obj)

    def delete_token(self, key: str) -> None:
        self.calls.append("delete")
        self.data.pop(key, None)

    def get_tokens(self) -> list[str]:
        self.calls.append("list")
        return list(self.data)


def test_store_of_a_script_plugs_in() -> None:
    """Its methods are called in the order it was promised."""
    store = Stored()
    with create_server(("", 0), token_handler=store) as server:
        with server.get_token_obj("t") as obj:
            obj["a"] = 1
        assert server.get_tokens() == ["t"]
        assert store.data == {"t": {"a": 1}}
        server.get_token_obj("t", 0)
    assert store.data == {}
    flushed = {
        call
        for before, call in zip(store.calls, store.calls[1:], strict=False)
        if before == "flush"
    }
    assert flushed == {"add", "list", "delete"}
