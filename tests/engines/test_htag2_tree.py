"""The order of the tags of an app, kept; ``test_htag2_changes`` compares with htag itself."""

from __future__ import annotations

from typing import Any

import pytest

try:
    from htag import Tag
    from htag.core import GTag
    from htag.runner import AppRunner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

from quick_htag.engines.htag2_tree import Tree

pytestmark = pytest.mark.usefixtures("engine")  # which patches htag


class App(Tag.App):
    """Two tags, one with another inside."""

    def init(self) -> None:
        self.inner = Tag.b("inner")
        self.first, self.second = Tag.p("first"), Tag.div(self.inner)
        self += [self.first, self.second]


@pytest.fixture
def app() -> Any:
    """An app that was rendered."""
    one = App()
    one.render_initial()
    return one


def visited(tree: Tree, *asking: Any) -> list[Any]:
    """What has something to say, when code of the app runs for some tags."""
    found: list[Any] = []

    def visit(tag: Any) -> bool:
        found.append(tag)
        tag._reset_dirty()
        tag._consume_js_calls()
        return tag in asking

    assert tree.collect(visit) == bool(asking)
    return found


def test_tags_are_found_by_their_ids(app: Any) -> None:
    """Those that htag has given, and others; not those that were removed."""
    tree = Tree(app, GTag)
    assert tree.find(app.inner.id) is app.inner
    app.second["id"] = "mine"
    assert tree.find("mine") is app.second
    app.second.remove()
    assert tree.find("mine") is None
    assert tree.find(app.inner.id) is None
    assert isinstance(app, AppRunner)


def test_of_two_with_an_id_it_is_the_first(app: Any) -> None:
    """In the order of the page, as with htag."""
    tree = Tree(app, GTag)
    app.inner["id"] = app.second["id"] = "same"
    assert tree.find("same") is app.second
    app.first["id"] = "same"
    assert tree.find("same") is app.first is app.find_tag(app, "same")


def test_only_tags_with_something_to_say_are_visited(app: Any) -> None:
    """Changed ones, and ones with JavaScript calls; also after code of the app has run."""
    tree = Tree(app, GTag)
    assert visited(tree) == []
    for asking in ((), (app.first,), (app.inner,)):
        app.inner.text = "changed"
        app.first.call_js("hello()")
        assert visited(tree, *asking) == [app.first, app.inner]
    app.second["title"] = "changed"
    assert visited(tree) == [app.second]


def test_new_tags_are_noticed(app: Any) -> None:
    """Also those that were put into the list of children itself."""
    tree = Tree(app, GTag)
    app.inner.add(Tag.i())
    app.first.childs.append(Tag.u())
    new = [app.inner.childs[-1], app.first.childs[-1]]
    assert [tree.find(one.id) for one in new] == new


def test_tags_of_callables_are_noticed(app: Any) -> None:
    """They come and go with each render."""
    made: list[Any] = []

    def make() -> Any:
        made.append(Tag.i())
        return made[-1]

    tree = Tree(app, GTag)
    app.first.add(make)
    app.render_initial()
    assert tree.find(made[0].id) is made[0]
    app.render_initial()
    assert (tree.find(made[0].id), tree.find(made[1].id)) == (None, made[1])


class Styled(Tag.p):
    """Brings something."""

    statics = (Tag.style("p {}"),)


def test_statics_are_of_each_class_and_of_some_tags(app: Any) -> None:
    """One tag of each class, if any of them brings something, and those with their own."""
    tree = Tree(app, GTag)
    assert tree.with_statics() == []
    app.second.add(Styled(), Styled())
    assert tree.with_statics() == [app, app.first, app.second, app.inner, app.second.childs[1]]
    assert tree.with_statics(changed=False) == tree.with_statics()
    app.inner.statics = [Tag.style("b {}")]
    app.second.childs[2].statics = []
    assert tree.with_statics()[3:] == [app.inner, *app.second.childs[1:]]
    app.second.clear()
    assert tree.with_statics() == []


def test_statics_may_come_to_a_class_later(app: Any) -> None:
    """And may be another list for each tag."""
    kind = type("Late", (Tag.b,), {})
    app.second.add(kind(), kind())
    tree = Tree(app, GTag)
    assert tree.with_statics() == []
    kind.statics = [Tag.style("b {}")]
    assert tree.with_statics()[-1] is app.second.childs[1]
    kind.statics = property(lambda tag: [])
    app.second.add(kind())
    assert tree.with_statics()[-3:] == app.second.childs[1:]


def test_things_that_cannot_be_compared_do_no_harm(app: Any) -> None:
    """A child of the app may be anything."""

    class Hostile:
        def __eq__(self, other: object) -> bool:
            raise ValueError("no")

        __hash__ = None  # type: ignore[assignment]

    tree = Tree(app, GTag)
    app.first.childs[0] = Hostile()
    new = Tag.i()
    app.second.add(new)
    assert tree.find(new.id) is new


def test_a_tag_that_removes_itself_hides_no_others(app: Any) -> None:
    """Those that came after it are visited, and what was put below them meanwhile."""
    tree = Tree(app, GTag)
    found: list[Any] = []

    def visit(tag: Any) -> bool:
        found.append(tag)
        tag._reset_dirty()
        if tag is app.first:
            app.first.remove()
            app.second.add(Tag.i("new"))
        return tag is app.first

    app.first.text = "changed"
    tree.collect(visit)
    app._reset_dirty()
    assert found == [app.first, app.second, app.second.childs[-1]]


def test_of_tags_that_call_themselves_equal_the_one_there_is_found(app: Any) -> None:
    """Also when one has taken the place of the other."""

    class Equal(Tag.b):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Equal)

        __hash__ = object.__hash__

    app.second.add(Equal("one"))
    tree = Tree(app, GTag)
    before = app.second.childs[-1]
    assert tree.find(before.id) is before
    new = app.second.childs[-1] = Equal("other")
    assert (tree.find(before.id), tree.find(new.id)) == (None, new)
    assert any(tag is new for tag in visited(tree))
    assert tree.find(new.id) is new


def test_a_tag_found_before_is_not_found_by_its_id_of_then(app: Any) -> None:
    """Nor when another one before it has got that id."""
    tree = Tree(app, GTag)
    old = app.inner.id
    for _ in range(2):
        assert tree.find(old) is app.inner
    app.first.id = old
    assert tree.find(old) is app.first
    app.first.id, app.second["id"] = "first", old
    assert tree.find(old) is app.second
    app.inner.id = "inner"
    del app.second["id"]
    assert (tree.find(old), tree.find("inner")) == (None, app.inner)
