"""The session that a host has for a request, as ``request.session``."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any


class HostSession(MutableMapping[str, Any]):
    """A mapping around that of the host, whose rules hold: when it is stored, and what it takes.

    A ``with`` block is possible as with other sessions, and keeps nobody out: hosts have no means
    to do that.

    Args:
        found: of the host, which sees every change.

    """

    __slots__ = ("_found",)

    def __init__(self, found: MutableMapping[str, Any]) -> None:
        self._found = found

    def __getitem__(self, key: str) -> Any:
        return self._found[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._found[key] = value

    def __delitem__(self, key: str) -> None:
        del self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __enter__(self) -> HostSession:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing was held."""

    def __repr__(self) -> str:
        return f"HostSession({self._found!r})"
