"""The dict of a token whose store gives copies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from quick_htag.errors import StoreBusy
from quick_htag.stores.token_dict import StoredDict


class _Keeper:
    """Tells what was asked of it."""

    lock_timeout = 0.05

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.busy = False

    def hold(self, key: str) -> AbstractContextManager[Any]:
        return self._hold()

    @contextmanager
    def _hold(self) -> Iterator[None]:
        if self.busy:
            raise StoreBusy("t", 0.0)
        self.asked.append("hold")
        yield
        self.asked.append("let go")

    def note(self, live: StoredDict) -> Any:
        return dict(live)

    def reload(self, key: str, live: StoredDict) -> None:
        self.asked.append("reload")

    def store(self, key: str, live: StoredDict) -> None:
        self.asked.append("store")


def test_a_block_keeps_other_processes_out() -> None:
    """From before it reads until after it has written, once for all that are nested."""
    keeper = _Keeper()
    with StoredDict(keeper, "t") as outer, outer as inner:
        inner["a"] = 1
    assert keeper.asked == ["hold", "reload", "store", "let go"]


def test_others_that_do_not_let_go() -> None:
    """Then the block does not begin, and the next may."""
    keeper = _Keeper()
    token = StoredDict(keeper, "t")
    keeper.busy = True
    with pytest.raises(StoreBusy), token:
        pass
    keeper.busy = False
    with token:
        pass
    assert keeper.asked[-1] == "let go"
