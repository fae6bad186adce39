"""The data of one token: a dict, and a ``with`` block that keeps others out."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from ..errors import NoCapacity
from .block import Block


class TokenDict(dict[str, Any]):
    """The data of one token; in a ``with`` block nobody else has it.

    Blocks of one thread may be nested. Copies are plain dicts.

    Args:
        lock_timeout: seconds a ``with`` block waits for those of other threads.

    """

    def __init__(self, lock_timeout: float) -> None:
        super().__init__()
        self._block = Block()
        self._lock_timeout = lock_timeout

    def __enter__(self) -> TokenDict:
        self._acquire()
        return self

    def __exit__(self, *exception: object) -> None:
        self._block.lock.release()

    def _acquire(self) -> None:
        if not self._block.lock.acquire(timeout=self._lock_timeout):
            raise NoCapacity(
                f"a token was in use by another request for {self._lock_timeout:g} s", 1
            )

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)


class Keeper(Protocol):
    """Where the data of a token comes from and goes to."""

    lock_timeout: float

    def hold(self, key: str) -> AbstractContextManager[Any]:
        """Keeps other processes out."""

    def note(self, live: StoredDict) -> Any:
        """What ``store`` wants to know about the data as it was loaded."""

    def reload(self, key: str, live: StoredDict) -> None:
        """Fill the object of a token with what its store has now."""

    def store(self, key: str, live: StoredDict) -> None:
        """Write the object of a token back."""


class StoredDict(TokenDict):
    """The data of a token whose store gives copies: written back when changed.

    Outside of a ``with`` block each change is stored at once; inside one they all are at its end.
    What is changed inside of a value, such as a list, is stored with the next change or block.
    """

    def __init__(self, tokens: Keeper, key: str) -> None:
        super().__init__(tokens.lock_timeout)
        self._tokens = tokens
        self._key = key
        self.expire: float | None = None  # of the last access, in seconds
        self.noted: Any = None  # of the store, about what was loaded

    def __enter__(self) -> TokenDict:
        super().__enter__()
        self._block.enter(
            lambda: self._tokens.hold(self._key),
            lambda: self._tokens.reload(self._key, self),  # the wait may have been long
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self._block.leave(lambda: self._tokens.store(self._key, self))

    def load(self, data: dict[str, Any]) -> None:
        """Take over what the store has, unless a block is open: that has something newer."""
        if not self._block.lock.acquire(blocking=False):
            return
        try:
            if not self._block.depth:
                super().clear()
                super().update(data)
                self.noted = self._tokens.note(self)
        finally:
            self._block.lock.release()

    def _changed(self) -> None:
        self._acquire()
        try:
            if not self._block.depth:
                self._tokens.store(self._key, self)
        finally:
            self._block.lock.release()

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._changed()

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._changed()

    def __ior__(self, other: Any) -> StoredDict:  # type: ignore[override,misc]
        self.update(other)
        return self

    def clear(self) -> None:
        super().clear()
        self._changed()

    def pop(self, *args: Any) -> Any:
        value = super().pop(*args)
        self._changed()
        return value

    def popitem(self) -> tuple[str, Any]:
        item = super().popitem()
        self._changed()
        return item

    def setdefault(self, name: str, default: Any = None) -> Any:
        value = super().setdefault(name, default)
        self._changed()
        return value

    def update(self, *args: Any, **kwargs: Any) -> None:
        super().update(*args, **kwargs)
        self._changed()
