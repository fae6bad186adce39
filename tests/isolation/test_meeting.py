"""What web processes with one store have in common."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quick_htag.isolation.meeting import meet
from quick_htag.stores.memory import MemoryStore
from quick_htag.stores.sqlite import SQLiteStore


def test_who_has_the_same_store_meets(tmp_path: Path) -> None:
    """Several at once, too: one folder, one secret."""
    with SQLiteStore(tmp_path / "store") as store, ThreadPoolExecutor(4) as executor:
        met = list(executor.map(lambda _: meet(store), range(4)))
        assert len({secret for secret, *_ in met}) == 1
        assert len({folder.path for _, folder, _ in met}) == 1
        for _, folder, listening in met:
            listening.close()
            folder.remove()


def test_others_do_not() -> None:
    """Another store has another secret."""
    met = [meet(MemoryStore()) for _ in range(2)]
    assert met[0][0] != met[1][0]
    for _, folder, listening in met:
        listening.close()
        folder.remove()


@pytest.mark.skipif(os.name == "nt", reason="Windows has ports instead")
def test_the_folder_may_be_gone() -> None:
    """Or be somebody else's by now: there is another one, and the secret stays."""
    store = MemoryStore()
    secret, folder, listening = meet(store)
    path = Path(str(folder.path))
    listening.close()
    folder.remove()
    path.mkdir(mode=0o755)
    path.chmod(0o755)
    again, other, second = meet(store)
    assert again == secret
    assert other.path != str(path)
    second.close()
    other.remove()
    path.rmdir()
