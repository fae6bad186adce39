"""Registry, class roll and log filters inside htag 1."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.engines.htag1_patches import EMITTED, Scope

try:
    from htag import Tag, render, tag
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

pytestmark = pytest.mark.usefixtures("engine")  # which patches htag


def test_a_scope_finds_its_own_tags() -> None:
    """A tag made in a scope is found there, attached or not."""
    scope = Scope(Tag)
    with scope.entered():
        made = Tag.div()
        assert Tag.find_tag(id(made)) is made


def test_a_scope_does_not_find_those_of_another() -> None:
    """A tag made in one scope does not exist in another, nor outside."""
    mine, other = Scope(Tag), Scope(Tag)
    with mine.entered():
        made = Tag.div()
    with other.entered():
        assert Tag.find_tag(id(made)) is None
    assert Tag.find_tag(id(made)) is None


def test_tags_made_outside_are_found_outside() -> None:
    """Code that runs htag without us finds its tags as before."""
    made = Tag.div()
    assert Tag.find_tag(id(made)) is made


def test_a_tag_made_outside_is_found_in_the_tree_it_is_in() -> None:
    """A tag of a plain thread belongs to the instance whose tree it is in."""
    mine, other = Scope(Tag), Scope(Tag)
    made, mine.root, other.root = Tag.b(), Tag.body(), Tag.body()
    mine.root += Tag.div(made)
    assert mine.find(id(made)) is made
    assert other.find(id(made)) is None


def test_a_tag_given_to_another_tree_belongs_there() -> None:
    """Who made a tag does not reach it any more when it is part of another app."""
    mine, other = Scope(Tag), Scope(Tag)
    mine.root, other.root = Tag.body(), Tag.body(_hr_=SimpleNamespace(session={}))
    with mine.entered():
        made = Tag.b()
    other.root += made
    assert mine.find(id(made)) is None
    assert other.find(id(made)) is made


def test_tasks_inherit_the_scope() -> None:
    """A tag made by a task of an instance is one of the instance."""
    scope = Scope(Tag)

    async def make() -> Any:
        return Tag.i()

    async def main() -> Any:
        with scope.entered():
            task = asyncio.ensure_future(make())
        return await task

    made = asyncio.run(main())
    assert scope.find(id(made)) is made


def test_a_tree_with_a_loop_is_searched_once() -> None:
    """A tag that contains itself does not hang the search."""
    scope = Scope(Tag)
    scope.root = Tag.body()
    scope.root._childs.append(scope.root)
    assert scope.find(1) is None


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


def test_every_access_still_makes_a_class() -> None:
    """What an app sets on a class made on the fly stays on that class."""
    first = Tag.div
    first.js = "1"
    assert Tag.div is not first
    assert Tag.div().js is None


def test_classes_made_on_the_fly_are_not_scanned() -> None:
    """Live tags of other sessions do not slow the start of a new one."""
    keep = [Tag.div() for _ in range(50)]
    assert not {type(one) for one in keep} & set(Tag.__subclasses__())


def test_a_subclass_of_a_class_made_on_the_fly_is_scanned() -> None:
    """The base of an app's class is listed, before classes defined later."""
    base = Tag.section

    class Later(Tag):
        pass

    class Mine(base):
        pass

    listed = Tag.__subclasses__()
    assert listed.index(base) < listed.index(Later)
    assert base.__subclasses__() == [Mine]


def test_statics_set_on_a_class_made_on_the_fly_count() -> None:
    """A class made on the fly that is given statics brings them."""
    mine = Tag.section
    assert mine not in Tag.__subclasses__()
    mine.statics = [Tag.style("p {}")]
    assert mine in Tag.__subclasses__()


def test_a_class_that_is_gone_is_not_listed() -> None:
    """The roll keeps no class alive."""
    import gc

    class Gone(Tag):
        pass

    assert "Gone" in [one.__name__ for one in Tag.__subclasses__()]
    del Gone
    gc.collect()
    assert "Gone" not in [one.__name__ for one in Tag.__subclasses__()]


def test_typed_values_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Records with arguments and replies do not reach a handler, others do."""
    caplog.set_level(logging.INFO, logger="htag")
    tag.logger.info("callback __on__ %s", "secret")
    render.logger.info("INTERACT with METHOD %s", "secret")
    render.logger.info("RETURN --> %s", "secret")
    render.logger.info("Include statics")
    assert [record.getMessage() for record in caplog.records] == ["Include statics"]


def test_replies_are_not_written_out_for_the_log() -> None:
    """Which does not get them; everything else of ``json`` is there."""
    from htag import render

    assert render.json.dumps({"a": 1}, indent=4) == ""
    assert render.json.dumps({"a": 1}) == '{"a": 1}'
    assert render.json.loads("[1]") == [1]
    assert render.fmtcaller("method", [1], {}) == ""


def test_tags_of_a_name_share_a_class() -> None:
    """As long as it is as htag has made it."""
    assert type(Tag.u("one")) is type(Tag.u("two"))
    assert type(Tag.u()) is not type(Tag.b())
    assert (str(Tag.u("one")), str(Tag.b("one"))) != (str(Tag.b("one")), str(Tag.u("one")))


def test_a_class_that_somebody_changes_is_his() -> None:
    """Other tags of the name are not changed, now and later."""
    mine = Tag.s
    mine.own = 1
    assert Tag.s is not mine
    assert not hasattr(Tag.s("x"), "own") or Tag.s.__dict__.get("own") is None


def test_a_base_class_is_his_who_has_subclassed_it() -> None:
    """What he does to it is not seen elsewhere."""

    class Mine(Tag.q):
        pass

    assert Tag.q is not Mine.__bases__[0]


def test_a_change_of_all_tags_is_seen_by_all() -> None:
    """Classes have copies of what ``Tag`` has."""
    before = Tag.i
    Tag.added_for_a_test = "here"
    try:
        assert Tag.i is not before
        assert Tag.i.__dict__["added_for_a_test"] == "here"
    finally:
        del Tag.added_for_a_test
