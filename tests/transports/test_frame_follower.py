"""Where frames end, in bytes that come in any pieces."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from quick_htag.transports.frame_follower import FrameFollower

SIZES = (0, 1, 125, 126, 127, 65535, 65536, 70000)


@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_one_frame(size: int, mask: bool) -> None:
    """It is over with its last byte and not before."""
    frame = Frame(Opcode.BINARY, b"x" * size).serialize(mask=mask)
    follower = FrameFollower()
    assert follower.between
    follower.feed(frame[:-1])
    assert not follower.between
    follower.feed(frame[-1:])
    assert follower.between
    assert not follower.closed


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000, 1 << 20])
def test_many_frames_in_any_pieces(step: int) -> None:
    """After each of them, and nowhere else, another may be sent."""
    frames = [Frame(Opcode.TEXT, b"x" * size).serialize(mask=size % 2 == 0) for size in SIZES[:-3]]
    data, ends = b"".join(frames), {0}
    for frame in frames:
        ends.add(max(ends) + len(frame))
    follower = FrameFollower()
    for at in range(0, len(data), step):
        follower.feed(data[at : at + step])
        assert follower.between == (min(at + step, len(data)) in ends)


def test_a_close_is_the_last() -> None:
    """It is noticed with the begin of its frame."""
    follower = FrameFollower()
    follower.feed(Frame(Opcode.PING, b"a").serialize(mask=True))
    assert not follower.closed
    follower.feed(Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True)[:6])
    assert follower.closed
    assert not follower.between
