"""Which tags belong to which instance."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.engines.htag1_scope import Scope

try:
    from htag import Tag
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert HRenderer
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


def test_tags_that_have_gone_leave_nothing() -> None:
    """However many an app makes; those that are there are found."""
    scope = Scope(Tag)
    with scope.entered():
        kept = [Tag.b() for _ in range(100)]
        for _ in range(5000):
            Tag.i()
    assert len(scope._tags) < 600
    assert all(scope.find(id(tag)) is tag for tag in kept)
