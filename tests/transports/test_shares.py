"""Connections that several processes share fairly."""

from __future__ import annotations

import sys

import pytest

from quick_htag.transports.shares import Shares


@pytest.fixture
def pair(tmp_path):
    """Two processes, as far as this knows."""
    path = str(tmp_path / "shares")
    both = [Shares(path, index, 2) for index in (0, 1)]
    yield both
    for one in both:
        one.close()


def test_who_has_many_more_leaves_the_next_to_the_other(pair):
    """A few more are no reason."""
    first, second = pair
    assert not first.is_ahead(3)
    assert first.is_ahead(4)
    assert not second.is_ahead(1)
    assert not first.is_ahead(4)


def test_who_ends_counts_as_having_none(pair):
    """Its numbers would keep nobody from anything."""
    first, second = pair
    second.is_ahead(100)
    assert not first.is_ahead(50)
    second.close()
    assert first.is_ahead(50)


def test_one_alone_takes_all(tmp_path):
    """There is nobody to leave it to."""
    only = Shares(str(tmp_path / "shares"), 0, 1)
    assert not only.is_ahead(1000)
    only.close()
    only.close()


@pytest.mark.skipif(sys.platform == "win32", reason="says nothing of blocks")
def test_its_file_has_no_holes(tmp_path):
    """A process that writes into one ends by SIGBUS when the disk is full."""
    path = tmp_path / "shares"
    path.touch()  # by a process that was killed, or found the disk full
    both = [Shares(str(path), index, 2) for index in (0, 1)]
    assert path.stat().st_size == 16
    assert path.stat().st_blocks > 0
    for one in both:
        one.close()
