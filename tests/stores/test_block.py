"""Blocks of one thread nest; the lock of all processes is taken once, and given back always."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest

from quick_htag.stores.block import Block


class Diary:
    """What a block did, in order."""

    def __init__(self) -> None:
        self.block = Block()
        self.lines: list[str] = []

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        self.lines.append("hold")
        try:
            yield
        finally:
            self.lines.append("give back")

    def enter(self, fault: type[Exception] | None = None) -> None:
        self.block.lock.acquire()

        def begin() -> None:
            self.lines.append("begin")
            if fault is not None:
                raise fault

        self.block.enter(self.hold, begin)

    def leave(self, fault: type[Exception] | None = None) -> None:
        def end() -> None:
            self.lines.append("end")
            if fault is not None:
                raise fault

        self.block.leave(end)

    def is_free(self) -> bool:
        """Whether another thread could have the lock."""
        got: list[bool] = []
        thread = threading.Thread(
            target=lambda: got.append(self.block.lock.acquire(blocking=False))
        )
        thread.start()
        thread.join()
        return got[0]


def test_only_the_outermost_block_counts() -> None:
    """What is inside of it has everything already."""
    diary = Diary()
    diary.enter()
    diary.enter()
    diary.leave()
    assert diary.lines == ["hold", "begin"]
    assert not diary.is_free()
    diary.leave()
    assert diary.lines == ["hold", "begin", "end", "give back"]
    assert diary.is_free()


def test_a_block_that_cannot_begin_leaves_nothing_held() -> None:
    """Others may have it at once."""
    diary = Diary()
    with pytest.raises(KeyError):
        diary.enter(KeyError)
    assert diary.lines == ["hold", "begin", "give back"]
    assert diary.block.depth == 0
    assert diary.is_free()


def test_a_block_that_cannot_be_stored_leaves_nothing_held() -> None:
    """The error comes out, and the lock is free."""
    diary = Diary()
    diary.enter()
    with pytest.raises(KeyError):
        diary.leave(KeyError)
    assert diary.lines == ["hold", "begin", "end", "give back"]
    assert diary.is_free()
