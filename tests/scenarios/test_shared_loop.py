"""Apps that share a loop, and one of them blocks it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quick_htag.engines.detect import load_engine

htag = pytest.importorskip("htag", exc_type=ImportError)
Tag = htag.Tag
Base = Tag.div if load_engine().major == 1 else Tag.App
LIMIT = 30.0


def test_an_answer_leaves_although_another_app_blocks(gui: Any) -> None:
    """Answers that are made in one round leave together, but do not wait for who blocks it."""
    entered = [threading.Event(), threading.Event()]
    gates = [threading.Event(), threading.Event()]

    class App(Base):  # type: ignore[misc,valid-type]
        imports: tuple[Any, ...] = ()

        def init(self) -> None:
            for number in range(2):
                go = getattr(self, f"do_{number}")
                self += Tag.button("block", _class=f"block{number}", _onclick=go)
            self += Tag.button("quick", _class="quick", _onclick=self.do_quick)

        def do_0(self, _: Any = None) -> None:
            entered[0].set()
            gates[0].wait(LIMIT)

        def do_1(self, _: Any = None) -> None:
            entered[1].set()
            gates[1].wait(LIMIT)

        def do_quick(self, _: Any = None) -> None:
            self += "quick"

    site = gui(App, isolation="loop")
    first, quick, second = (site.tab() for _ in range(3))
    try:
        first.send(first.event_of("block0"))
        assert entered[0].wait(LIMIT)
        quick.send(quick.event_of("quick"))
        second.send(second.event_of("block1"))
        gates[0].set()
        assert entered[1].wait(LIMIT)
        site.until(quick, "'done': 1")
        assert not gates[1].is_set()
    finally:
        for gate in gates:
            gate.set()
