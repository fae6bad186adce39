"""The limit of open descriptors, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quick_htag.process import limits

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")

SCRIPT = """
import resource
from quick_htag.process.limits import raise_descriptor_limit
resource.setrlimit(resource.RLIMIT_NOFILE, {limits})
print(raise_descriptor_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("before", "after"), [((64, 128), "128 128 128"), ((100, 100), "100 100 100")]
)
def test_soft_becomes_hard(before, after):
    """The soft limit is raised as far as the user may; the hard one stays."""
    script = SCRIPT.format(limits=before)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == after, done.stderr


def test_an_unlimited_system_gets_a_number(monkeypatch):
    """Where the system has no hard limit, the largest number that it takes is used."""
    import resource

    tried = []

    def refuse(which, wanted):
        tried.append(wanted[0])
        if wanted[0] > 10240:
            raise ValueError

    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert limits.raise_descriptor_limit() == 10240
    assert tried == [limits.CEILING, 65536, 10240]


def test_a_refusal_is_no_error(monkeypatch):
    """A system that refuses leaves the limit as it was."""
    import resource

    def refuse(which, wanted):
        raise OSError

    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 512))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert limits.raise_descriptor_limit() == 256


def test_a_huge_limit_is_not_used_up(monkeypatch):
    """A thousand million descriptors would make programs slow that close them all."""
    import resource

    set_to = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (1024, 1 << 30))
    monkeypatch.setattr(resource, "setrlimit", lambda which, wanted: set_to.append(wanted))
    assert limits.raise_descriptor_limit() == limits.CEILING
    assert set_to == [(limits.CEILING, 1 << 30)]


def test_a_system_without_limits_has_none(monkeypatch):
    """Windows has no module that tells them."""
    monkeypatch.setitem(sys.modules, "resource", None)
    assert limits.raise_descriptor_limit() is None
