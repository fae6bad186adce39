"""What has arrived of a body is kept, in memory and then in a file, up to a limit."""

from __future__ import annotations

import io

import pytest

from quick_htag.errors import ProtocolError
from quick_htag.transports.body_store import BodyStore


def test_pieces_become_a_body():
    """In the order in which they came."""
    store = BodyStore(100, 100)
    for piece in (b"one ", b"", b"two"):
        store.add(piece)
    assert (store.body().read(), store.received) == (b"one two", 7)


def test_nothing_becomes_an_empty_body():
    """No piece, no bytes."""
    assert BodyStore(100, 100).body().length == 0


@pytest.mark.parametrize("size", [10, 11])
def test_it_tells_what_fits_into_memory(size):
    """More goes to a file, for which somebody may have to wait."""
    store = BodyStore(100, 10)
    store.add(b"x")
    assert store.fits_memory(size - 1) is (size == 10)
    store.add(b"x" * (size - 1))
    body = store.body()
    assert isinstance(body.open(), io.BytesIO) is (size == 10)
    body.close()


def test_too_much_is_refused_and_forgotten():
    """With 413, at the first byte that is too much."""
    store = BodyStore(3, 1)
    store.add(b"abc")
    with pytest.raises(ProtocolError) as caught:
        store.add(b"d")
    assert caught.value.status == 413
    assert store.body().length == 0


def test_who_watches_is_told():
    """Each piece and the end."""
    told: list[object] = []

    class Watch:
        def received(self, count: int) -> None:
            told.append(count)

        def ended(self, *, complete: bool) -> None:
            told.append(complete)

    store = BodyStore(100, 100)
    store.watch = Watch()
    store.add(b"abc")
    store.add(b"de")
    store.body()
    assert told == [3, 5, True]
