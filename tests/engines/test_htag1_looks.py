"""Looks at tags of htag 1."""

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

from quick_htag.engines.htag1_looks import look_at

assert HRenderer


class Shown:
    """A thing whose text an app decides on."""

    def __repr__(self) -> str:
        return "shown"


@pytest.mark.parametrize("content", ["a", 1, 1.5, True, ["a", "b"], []])
def test_the_text_is_that_of_htag(engine: Any, content: Any) -> None:
    """What is compared for a tag that may have changed is what htag compares."""
    tag = Tag.p(
        content,
        _class="a b",
        _style="color:red",
        _title="<",
        _hidden=True,
        _onclick=lambda tag: None,
    )
    tag.add(Tag.b())
    look = look_at(tag, engine.kinds)
    assert look is not None
    before = tag._getStateImage()
    tag["class"].add("c")
    tag["style"].set("top", "0")
    assert look.text(engine.kinds.tag_class) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda tag: tag.clear("b"),
        lambda tag: tag.add("b"),
        lambda tag: tag.clear(Tag.b()),
        lambda tag: tag["class"].add("b"),
        lambda tag: tag["style"].set("top", "0"),
        lambda tag: tag.__setitem__("title", "b"),
        lambda tag: tag.__setitem__("width", True),
        lambda tag: setattr(tag, "tag", "b"),
    ],
)
def test_a_change_is_seen(engine: Any, change: Any) -> None:
    """Of children, attributes, what containers hold, and numbers that are equal."""
    tag = Tag.p("a", _class="a", _style="color:red", _width=1)
    look = look_at(tag, engine.kinds)
    assert look is not None
    assert look.holds()
    change(tag)
    assert not look.holds()


@pytest.mark.parametrize("content", [Shown(), {"a": 1}])
def test_things_of_the_app_are_asked_for_their_text(engine: Any, content: Any) -> None:
    """A tag that holds one is not plain, as a child and as an attribute."""
    inside, at = Tag.p(), Tag.p(_title=content)
    inside._childs.append(content)
    assert look_at(inside, engine.kinds) is None
    assert look_at(at, engine.kinds) is None


def test_tags_that_render_themselves_are_asked(engine: Any) -> None:
    """By a method of the class, or of the tag."""

    class Row(Tag.tr):
        def render(self) -> None:
            pass

    late = Tag.tr()
    late.render = print
    assert look_at(Row(), engine.kinds) is None
    assert look_at(late, engine.kinds) is None


def test_a_class_that_changes_is_looked_at_anew(engine: Any) -> None:
    """A method that a class gets later counts."""

    class Row(Tag.tr):
        pass

    assert engine.kinds.is_plain(Row)
    Row.render = print
    assert not engine.kinds.is_plain(Row)
