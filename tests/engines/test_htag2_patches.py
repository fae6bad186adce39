"""Task-local context, shared states and log filter inside htag 2."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
from typing import Any

import pytest

from quick_htag.engines.htag2_patches import TaskLocal, install

try:
    from htag import Router, State, Tag, context, core, runner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert runner.AppRunner
pytestmark = pytest.mark.usefixtures("engine")  # which patches htag


def test_two_tasks_have_two_stacks() -> None:
    """A block that awaits takes up no tags of another task on the same loop."""

    async def main() -> tuple[Any, Any]:
        opened, added = asyncio.Event(), asyncio.Event()

        async def first() -> Any:
            with Tag.section() as section:
                await opened.wait()
                Tag.span("A")
                added.set()
            return section

        async def second() -> Any:
            with Tag.section() as section:
                opened.set()
                await added.wait()
                Tag.span("B")
            return section

        return tuple(await asyncio.gather(first(), second()))

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
    install(core, context, Router)
    assert core._ctx is before is context._ctx
    assert isinstance(before, TaskLocal)


def test_a_state_may_gain_observers_while_it_notifies() -> None:
    """Another session that renders meanwhile does not break the one that sets the state."""
    state = State(0)
    stop = threading.Event()
    keep = [Tag.b(lambda: state.value) for _ in range(3000)]

    def render() -> None:
        for tag in keep:
            if not stop.is_set():
                str(tag)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # seconds; the threads take turns often
    renderer = threading.Thread(target=render)
    renderer.start()
    try:
        while renderer.is_alive():
            state.value += 1
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        renderer.join(10)
    assert len(state._observers) == len(keep)


def test_typed_values_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Records with the message of a page do not reach a handler, others do."""
    caplog.set_level(logging.INFO, logger="htag")
    runner.logger.info("handle_event {'value': 'secret'}")
    runner.logger.info("Event '%s'", "click")
    assert [record.getMessage() for record in caplog.records] == ["Event 'click'"]


@pytest.mark.parametrize("path", ["/plain", "/it's", '/"x', "/a\\", "/</script>", "/\u2028'é"])
def test_a_path_stays_a_text_of_the_script(path: str) -> None:
    """Whatever is in it, the browser goes there and runs nothing of it."""
    router = Router()
    router.navigate(path)
    start, quoted = router._consume_js_calls()[0].split("=", 1)
    assert start == "window.location.hash"
    assert (quoted[0], quoted[-1]) == ("'", "'")
    assert json.loads(f'"{quoted[1:-1]}"') == path
    assert not set("'<") & set(quoted[1:-1])
    assert "\u2028" not in quoted
