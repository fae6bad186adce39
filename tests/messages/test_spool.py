"""One file and several readers: each has its position, and the last one closes it."""

from __future__ import annotations

import gc
import io
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from quick_htag.messages.spool import Spool

DATA = bytes(range(256)) * 1000


@pytest.fixture
def file() -> Iterator[Any]:
    """A file with the data."""
    with tempfile.TemporaryFile() as found:
        found.write(DATA)
        yield found


def test_a_part_is_a_file_of_its_own(file: Any) -> None:
    """It reads, seeks and ends as if there was nothing around it."""
    part = Spool(file).part(10, 20, keep=False)
    assert part.read(5) == DATA[10:15]
    assert part.seek(-3, io.SEEK_END) == 17
    assert part.read() == DATA[27:30]
    assert part.read() == b""
    assert part.seek(100) == 100
    assert part.read() == b""
    with pytest.raises(ValueError, match="before the begin"):
        part.seek(-1)


def test_positions_are_independent(file: Any) -> None:
    """Readers on several threads get what is theirs."""
    spool = Spool(file)
    found: dict[int, bytes] = {}

    def read(start: int) -> None:
        part = spool.part(start, 100_000, keep=True)
        found[start] = b"".join(iter(lambda: part.read(777), b""))
        part.close()

    threads = [threading.Thread(target=read, args=(start,)) for start in range(0, 1000, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(data == DATA[start : start + 100_000] for start, data in found.items())


def test_what_keeps_it(file: Any) -> None:
    """The file is open until the owner and everybody who keeps a part have closed."""
    spool = Spool(file)
    kept, other = spool.part(0, 10, keep=True), spool.part(0, 10, keep=True)
    spool.close()
    spool.close()
    assert kept.read() == DATA[:10]
    kept.close()
    kept.close()
    assert not file.closed
    del other
    gc.collect()
    assert file.closed


def test_what_does_not_keep_it(file: Any) -> None:
    """Reading on after the end is an error, and never another file's content."""
    spool = Spool(file)
    part = spool.part(0, 10, keep=False)
    spool.close()
    assert file.closed
    assert part.closed
    with pytest.raises(ValueError, match="closed"):
        part.read()
