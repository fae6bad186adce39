"""Pieces of a connection."""

from __future__ import annotations

import os

import pytest

from quick_htag.isolation.frames import CALL, DATA, TEXT, BrokenFrame, Frame, FrameReader, packed


def test_frames_come_back_however_they_are_cut() -> None:
    """Byte by byte, they are what was packed."""
    sent = [Frame(CALL, 1, b'{"a":1}'), Frame(DATA, 7, b""), Frame(TEXT, 2**32 - 1, b"x" * 500)]
    reader, found = FrameReader(1000), []
    for byte in b"".join(packed(*frame) for frame in sent):
        found += reader.feed(bytes([byte]))
    assert found == sent


def test_a_frame_that_is_too_large_is_refused_before_it_has_come() -> None:
    """The head tells, nothing is kept for it."""
    with pytest.raises(BrokenFrame):
        FrameReader(1000).feed(packed(TEXT, 1, b"x" * 1001)[:9])


@pytest.mark.parametrize("length", [9, 100, 1000])
def test_garbage_is_refused_or_waited_for(length: int) -> None:
    """Random bytes do no more than that."""
    for _ in range(200):
        reader = FrameReader(1000)
        try:
            frames = reader.feed(os.urandom(length))
        except BrokenFrame:
            continue
        assert all(len(frame.body) <= 1000 for frame in frames)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"1", b"[" * 100_000])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    """A message is a JSON object."""
    with pytest.raises(BrokenFrame):
        Frame(CALL, 1, body).value()


def test_a_text_is_utf_8() -> None:
    """Else it is refused."""
    with pytest.raises(BrokenFrame):
        Frame(TEXT, 1, b"\xff").text()
