"""The interface by which stores of tokens are plugged in, as quick_server has it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import Any


class TokenHandler(ABC):
    """A store of tokens, with the interface that quick_server gives it.

    Every method but ``lock`` is called with ``lock(key)`` held, or ``lock(None)`` where several
    tokens are concerned; it is held for a moment only, never while user code runs.
    ``flush_old_tokens`` is called directly before a token is added or deleted, or all are listed.
    """

    @abstractmethod
    def lock(self, key: str | None) -> AbstractContextManager[Any]:
        """What is held while one token, or all (None), are used; need not be reentrant."""

    @abstractmethod
    def ttl(self, key: str) -> float | None:
        """Seconds a token has left, 0 when there is none, None: it does not expire.

        Does not count as a use.
        """

    @abstractmethod
    def flush_old_tokens(self) -> None:
        """Forget what has expired."""

    @abstractmethod
    def add_token(self, key: str, expire: float | None) -> dict[str, Any]:
        """The data of a token, made if there is none; it expires in ``expire`` seconds from now."""

    @abstractmethod
    def put_token(self, key: str, obj: dict[str, Any]) -> None:
        """Store the data of a token again."""

    @abstractmethod
    def delete_token(self, key: str) -> None:
        """Forget a token, if there is one."""

    @abstractmethod
    def get_tokens(self) -> list[str]:
        """Every token."""

    def count(self) -> int | None:
        """How many tokens there are, roughly; None: they would have to be searched for.

        Called without a lock.
        """
        return None

    def peek(self, key: str) -> dict[str, Any] | None:
        """The data of a token, neither made nor kept for longer; None: there is none."""
        left = self.ttl(key)
        return None if left == 0 else self.add_token(key, left)

    def hold(self, key: str, timeout: float) -> AbstractContextManager[Any]:
        """Keeps other processes out while a token is used in a ``with`` block.

        Args:
            key: the token.
            timeout: seconds to wait for them.

        """
        return nullcontext()

    def note(self, obj: dict[str, Any]) -> Any:
        """What ``put_changes`` wants to know about the data as it was loaded or stored."""
        return None

    def put_changes(self, key: str, obj: dict[str, Any], noted: Any) -> None:
        """Store the data of a token again, as far as it has changed.

        Args:
            key: the token.
            obj: its data.
            noted: what ``note`` gave when it was loaded.

        """
        self.put_token(key, obj)
