"""Task-local context, shared states and log filter inside htag 2."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest

from quick_htag.engines.htag2_patches import TaskLocal, install

try:
    from htag import State, Tag, context, core, runner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert runner.AppRunner
pytestmark = pytest.mark.usefixtures("engine")  # which patches htag


def test_two_tasks_have_two_stacks() -> None:
    """A block that awaits takes up no tags of another task on the same loop."""

    async def build(name: str, barrier: list[asyncio.Event], mine: int) -> Any:
        with Tag.section() as section:
            barrier[mine].set()
            await barrier[1 - mine].wait()
            Tag.span(name)
        return section

    async def main() -> list[Any]:
        barrier = [asyncio.Event(), asyncio.Event()]
        return await asyncio.gather(build("A", barrier, 0), build("B", barrier, 1))

    a, b = asyncio.run(main())
    assert ("A" in str(a), "B" in str(a)) == (True, False)
    assert ("A" in str(b), "B" in str(b)) == (False, True)


def test_blocks_work_outside_of_tasks() -> None:
    """A plain thread has a stack of its own, as before."""
    with Tag.div() as outer:
        Tag.b("x")
        inside = threading.Thread(target=lambda: Tag.i("y"))
        inside.start()
        inside.join(10)
    assert [child.tag for child in outer.childs] == ["b"]


def test_the_evaluated_tag_is_per_task() -> None:
    """Which tag is being evaluated is known to its own task only."""
    local = TaskLocal()

    async def look() -> Any:
        return local.current_eval

    async def main() -> Any:
        local.current_eval = "mine"
        return local.current_eval, await asyncio.ensure_future(look())

    assert asyncio.run(main()) == ("mine", None)
    assert local.current_eval is None


def test_a_finished_task_leaves_nothing() -> None:
    """Slots live as long as their task."""
    local = TaskLocal()

    async def main() -> None:
        assert local.stack == []

    asyncio.run(main())
    assert len(local._threads.tasks) == 0


def test_installing_twice_changes_nothing() -> None:
    """A second engine in the process finds htag patched already."""
    before = core._ctx
    install(core, context)
    assert core._ctx is before is context._ctx
    assert isinstance(before, TaskLocal)


def test_a_state_may_gain_observers_while_it_notifies() -> None:
    """Another session that renders meanwhile does not break the one that sets the state."""
    state = State(0)
    stop = threading.Event()
    keep: list[Any] = []

    def render() -> None:
        while not stop.is_set() and len(keep) < 20000:
            keep.append(Tag.b(lambda: state.value))
            str(keep[-1])

    renderer = threading.Thread(target=render)
    renderer.start()
    try:
        for number in range(300):
            state.value = number
    finally:
        stop.set()
        renderer.join(10)
    assert keep


def test_typed_values_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Records with the message of a page do not reach a handler, others do."""
    caplog.set_level(logging.INFO, logger="htag")
    runner.logger.info("handle_event {'value': 'secret'}")
    runner.logger.info("Event '%s'", "click")
    assert [record.getMessage() for record in caplog.records] == ["Event 'click'"]
