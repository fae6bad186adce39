"""What is changed inside htag 1."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from quick_htag.engines.htag1_patches import EMITTED

try:
    from htag import Tag, render, tag
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

pytestmark = pytest.mark.usefixtures("engine")  # which patches htag


def test_a_rendered_method_is_noted() -> None:
    """A tag remembers the methods that went into a page, and only those."""

    class Box(Tag.div):
        def save(self) -> None:
            pass

        def drop(self) -> None:
            pass

    box = Box()
    box["onclick"] = box.bind.save()
    str(box)
    assert box.__dict__[EMITTED] == {"save"}


def test_typed_values_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Records with arguments and replies do not reach a handler, others do."""
    caplog.set_level(logging.INFO, logger="htag")
    tag.logger.info("callback __on__ %s", "secret")
    render.logger.info("INTERACT with METHOD %s", "secret")
    render.logger.info("RETURN --> %s", "secret")
    render.logger.info("Include statics")
    assert [record.getMessage() for record in caplog.records] == ["Include statics"]


def test_classes_that_were_there_before_update_from_threads_too() -> None:
    """A script imports htag and defines its app before it has a server."""
    code = """
from htag import Tag
class App(Tag.div): pass
class Own(Tag.div):
    def update(self): pass
own = Own.update
from quick_htag.engines.detect import load_engine
load_engine()
assert App.update is Tag.update is Tag.p.update
assert App.update.__module__.startswith("quick_htag")
assert Own.update is own
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
