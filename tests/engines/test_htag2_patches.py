"""Task-local context, shared states and log filter inside htag 2."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quick_htag.engines.htag2_patches import TaskLocal, install
from tests.same_examples import same_examples

try:
    from htag import Router, State, Tag, context, core, runner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert runner.AppRunner
pytestmark = pytest.mark.usefixtures("engine")  # which patches htag
LIMIT = 30.0  # seconds


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
    """Slots live as long as their task, also those of tasks that wait inside of a block."""
    local = TaskLocal()

    async def waits(inside: asyncio.Event) -> None:
        local.stack.append("block")
        inside.set()
        await asyncio.sleep(LIMIT)

    async def main() -> tuple[int, int]:
        assert local.stack == []
        inside = asyncio.Event()
        waiting = asyncio.create_task(waits(inside))
        await inside.wait()
        assert local.stack == []
        noted = len(local._threads.tasks or ())
        waiting.cancel()
        await asyncio.wait([waiting])
        del waiting
        gc.collect()
        return noted, len(local._threads.tasks or ())

    assert asyncio.run(main()) == (1, 0)


@same_examples
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["open", "close", "eval", "none"]))))
def test_tasks_in_any_order_have_what_is_theirs(steps: list[tuple[int, str]]) -> None:
    """Each has the blocks that it has opened, and the tag that it evaluates."""
    local = TaskLocal()
    expected: list[tuple[list[int], Any]] = [([], None) for _ in range(4)]

    async def work(me: int, turns: asyncio.Queue[Any], done: asyncio.Queue[Any]) -> None:
        while (step := await turns.get()) is not None:
            number, what = step
            blocks, evaluated = expected[me]
            assert (local.stack, local.current_eval) == (blocks, evaluated)
            if what == "open":
                local.stack.append(number)
                blocks.append(number)
            elif what == "close" and blocks:
                assert local.stack.pop() == blocks.pop()
            elif what in ("eval", "none"):
                local.current_eval = evaluated = number if what == "eval" else None
            expected[me] = blocks, evaluated
            done.put_nowait(None)

    async def main() -> None:
        done: asyncio.Queue[Any] = asyncio.Queue()
        turns = [asyncio.Queue[Any]() for _ in range(4)]
        tasks = [asyncio.create_task(work(me, turns[me], done)) for me in range(4)]
        for number, (me, what) in enumerate([*steps, *((me, "") for me in range(4))]):
            turns[me].put_nowait((number, what))
            ended = asyncio.create_task(done.get())
            await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
            assert ended.done()
        for turn in turns:
            turn.put_nowait(None)
        await asyncio.gather(*tasks)

    asyncio.run(main())


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


def test_a_class_is_found_by_its_name() -> None:
    """The same one each time; names of methods are none, also of those that came later."""
    assert Tag.my_thing is Tag.my_thing
    assert Tag.my_thing.tag == "my-thing"
    with pytest.raises(AttributeError, match="reserved"):
        _ = Tag.Remove
    core.GTag.my_thing = None
    try:
        with pytest.raises(AttributeError, match="reserved"):
            _ = Tag.my_thing
    finally:
        del core.GTag.my_thing


def test_a_class_that_sends_itself_is_asked_if_nobody_hosts_it() -> None:
    """Servers of htag itself go on as before in the same process."""
    sent: list[str] = []

    class Channel:
        async def send_text(self, text: str) -> None:
            sent.append(text)

    async def main() -> None:
        app = Tag.App()
        app.websockets.add(Channel())
        app.call_js("hello()")
        await app.broadcast_updates()

    asyncio.run(main())
    assert "hello()" in sent[0]


def test_hooks_are_found_below_tags_without() -> None:
    """Those of a class, of one tag, and of tags that a callable gives; in htag's order."""
    told: list[str] = []

    class Hooked(Tag.b):
        def init(self, name: str) -> None:
            self.name = name

        def on_mount(self) -> None:
            told.append(f"{self.name} is there")

        def on_unmount(self) -> None:
            told.append(f"{self.name} has gone")

    made = Hooked("made")

    class App(Tag.App):
        def init(self) -> None:
            single = Tag.i()
            single.on_mount = lambda: told.append("single is there")
            self += Tag.div(Tag.p(Hooked("deep")), single, lambda: made)

    app = App()
    str(app)
    told.clear()
    app._trigger_mount()
    app._trigger_unmount()
    there = ["deep is there", "single is there", "made is there"]
    assert told == [*there, "deep has gone", "made has gone"]
