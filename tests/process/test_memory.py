"""The memory of the process."""

from __future__ import annotations

import os
import sys

import pytest

from quick_htag.process.memory import memory


@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell less")
def test_memory_in_use():
    """It grows with what the program keeps, and the peak is above it."""
    before = memory()["resident"]
    kept = bytearray(b"x" * (32 << 20))
    found = memory()
    assert found["resident"] - before > 16 << 20
    assert found["peak"] >= found["resident"] > len(kept)


def test_nothing_is_told_where_nothing_is_known(monkeypatch):
    """On Windows, say."""
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert memory() == {}


def test_without_resource_there_is_no_peak(monkeypatch):
    """Some builds of Python have none."""
    monkeypatch.setitem(sys.modules, "resource", None)
    assert "peak" not in memory()
