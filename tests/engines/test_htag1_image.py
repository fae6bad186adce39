"""Which tags an interaction has changed; ``test_htag1_steps`` compares with htag itself."""

from __future__ import annotations

from typing import Any

import pytest

try:
    from htag import Tag
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

from quick_htag.engines.htag1_image import Image

assert HRenderer


class Hostile:
    """A thing that cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment]


class Row(Tag.tr):
    """Tells how often it is rendered."""

    def init(self) -> None:
        self.count = 0

    def render(self) -> None:
        self.count += 1


def tree() -> Any:
    """Some tags, two of them nested."""
    root = Tag.body(Tag.p("one"))
    root += Tag.div(Tag.b("two") + Tag.i("three"))
    return root


def test_a_click_finds_what_it_changed(engine: Any) -> None:
    """The tag, and nothing else; the next click finds nothing."""
    root = tree()
    image = Image(root, engine.kinds)
    image.before()
    root.childs[1].childs[0].clear("new")
    assert image.after() == [root.childs[1].childs[0]]
    image.before()
    assert image.after() == []


def test_what_is_below_a_changed_tag_goes_with_it(engine: Any) -> None:
    """The order is that of the page."""
    root = tree()
    image = Image(root, engine.kinds)
    image.before()
    root.childs[1].childs[1].clear("new")
    root.childs[1].add("more")
    root.childs[0].clear("new")
    assert image.after() == [root.childs[0], root.childs[1]]


def test_what_changed_between_two_clicks_is_not_theirs(engine: Any) -> None:
    """As with htag: who changes a tag elsewhere pushes it."""
    root = tree()
    image = Image(root, engine.kinds)
    image.before()
    image.after()
    root.childs[0].clear("by a timer")
    image.before()
    root.childs[1].add("by the handler")
    assert image.after() == [root.childs[1]]


def test_new_tags_are_known_at_the_next_click(engine: Any) -> None:
    """Also those in the place of others."""
    root = tree()
    image = Image(root, engine.kinds)
    image.before()
    root.childs[1].clear(Tag.u("three") + Tag.u("four"))
    image.after()
    image.before()
    root.childs[1].childs[1].clear("five")
    assert image.after() == [root.childs[1].childs[1]]


def test_a_tag_that_renders_itself_is_asked_as_htag_does(engine: Any) -> None:
    """Once before a handler, and once after it; it may come and go."""
    root = tree()
    image = Image(root, engine.kinds)
    image.before()
    row = Row()
    root.childs[0].add(row)
    assert image.after() == [root.childs[0]]
    assert row.count == 0
    image.before()
    assert image.after() == []
    assert row.count == 2
    image.before()
    row.remove()
    assert image.after() == [root.childs[0]]
    image.before()
    assert (image.after(), row.count) == ([], 3)


def test_a_tag_that_becomes_hard_to_look_at_is_found(engine: Any) -> None:
    """A thing that cannot be compared with what was there before."""
    root = tree()
    image = Image(root, engine.kinds)
    image.before()
    root.childs[0]["title"] = Hostile()
    image.before()
    root.childs[0]._childs[0] = Hostile()
    assert image.after() == [root.childs[0]]


def test_a_method_given_to_a_tag_by_a_handler_is_called(engine: Any) -> None:
    """``render`` of a tag that had none."""
    root, calls = tree(), []
    image = Image(root, engine.kinds)
    image.before()
    root.childs[0].render = lambda: calls.append(root.childs[0].clear("rendered"))
    assert image.after() == [root.childs[0]]
    assert len(calls) == 1


def test_a_large_tree_is_looked_at_together(engine: Any) -> None:
    """Far sooner than htag looks at each tag; the shortest of several times."""
    import time

    from htag.render import Stater

    root = Tag.body([Tag.p(f"{number}", _class="row") for number in range(500)])
    image = Image(root, engine.kinds)
    image.before()

    def shortest(function: Any) -> float:
        times = []
        for _ in range(7):
            started = time.thread_time()
            function()
            times.append(time.thread_time() - started)
        return min(times)

    assert shortest(image.before) * 4 < shortest(lambda: Stater(root))
