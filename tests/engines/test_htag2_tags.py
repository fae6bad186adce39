"""Tags of htag 2, made here and by htag: the same comes of it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quick_htag.engines.detect import load_engine
from quick_htag.engines.htag2_tags import install_tags
from tests.same_examples import same_examples

try:
    from htag import Tag, core
    from htag.runner import AppRunner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

load_engine()  # patches htag
told: list[str] = []


class Hooked(Tag.p):
    """Tells of its mounting."""

    def on_mount(self) -> None:
        told.append(f"mount {len(self.childs)}")

    def on_unmount(self) -> None:
        told.append("unmount")


class Own(Tag.section):
    """Takes arguments, and opens a block."""

    def init(self, title: str = "none", *rest: Any, size: int = 1) -> None:
        self.title, self.taken = title, size
        with Tag.header():
            Tag.b(title)
        super().init(*rest)


class Styled(Tag.i):
    """Has styles of its own."""

    styles = ".x {color: red}"


class Broken(Tag.u):
    """Cannot be made."""

    def init(self, *args: Any) -> None:
        Tag.b("inside")
        raise ValueError("broken")


_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "_class": st.sampled_from(["a", "b c"]),
        "_id": st.sampled_from(["one", 2]),
        "_data_x_y": st.none(),
        "_onclick": st.just("say('')"),
        "other": st.integers(0, 3),
    },
)
_KINDS = ["div", "my_tag", "style", "script", "input"]
_KINDS += ["hooked", "own", "styled", "fragment", "default"]
_CONTENT = st.recursive(
    st.sampled_from(["text", 5, None, core.HTML("<b>"), ("a", ["b", None]), print]),
    lambda inner: st.tuples(st.sampled_from(_KINDS), st.lists(inner, max_size=3), _OPTIONS),
    max_leaves=8,
)


def _made(what: Any) -> Any:
    """A tag, or what is no tag."""
    if not (isinstance(what, tuple) and len(what) == 3 and isinstance(what[1], list)):
        return what
    kind, content, options = what
    content = [_made(one) for one in content]
    if kind == "own":
        options = {"size": 2} if "other" in options else {}
        return Own("title", *content, **options)
    if kind in ("hooked", "styled"):
        return {"hooked": Hooked, "styled": Styled}[kind](*content, **options)
    if kind == "fragment":
        return core.GTag(None, *content, **options)
    return core.GTag() if kind == "default" else getattr(Tag, kind)(*content, **options)


def _seen(tag: Any, names: dict[Any, int]) -> Any:
    """All that a tag has, with numbers for what is never twice the same."""
    if not isinstance(tag, core.GTag):
        return tag
    names[tag] = len(names)
    own = {name: value for name, value in vars(tag).items() if name not in ("childs", "parent")}
    lock = type(own.pop("_GTag__lock"))
    if own["id"] == f"{tag.tag}-{id(tag)}":
        own["id"] = "its own"
    below = [_seen(child, names) for child in tag.childs]
    return type(tag), lock, own, below, names.get(tag.parent)


class _Their:
    """In the block, htag makes its tags itself."""

    def __enter__(self) -> None:
        self.ours = {name: vars(core.GTag)[name] for name in ("__init__", "add")}
        for name, method in self.ours.items():
            setattr(core.GTag, name, method.__wrapped__)

    def __exit__(self, *failure: object) -> None:
        for name, method in self.ours.items():
            setattr(core.GTag, name, method)


def _grown(contents: list[Any], moves: list[tuple[int, int]]) -> Any:
    """An app with these, some of which are put into others afterwards."""
    told.clear()
    app = AppRunner()
    for content in contents:
        app += _made(content)
    tags = [child for child in app.childs if isinstance(child, core.GTag)]
    for from_place, to_place in moves:
        if from_place < to_place < len(tags):
            tags[to_place] <= tags[from_place]  # noqa: B015 adds it
    with app:
        Tag.b("in a block")
    return _seen(app, {}), [*told]


@same_examples
@given(
    st.lists(_CONTENT, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4),
)
@example([("div", ["a"], {}), ("hooked", [], {})], [(0, 1), (0, 1)])  # it is there already
def test_tags_are_those_of_htag(contents: list[Any], moves: list[tuple[int, int]]) -> None:
    """What they have, where they are, and what they were told of it."""
    ours = _grown(contents, moves)
    with _Their():
        assert ours == _grown(contents, moves)


def test_a_tag_that_fails_leaves_no_open_block() -> None:
    """What was made inside of it goes with it, and what follows is in nothing."""
    with pytest.raises(ValueError, match="broken"):
        Broken()
    assert Tag.b().parent is None


def test_what_is_made_is_told_to_who_debugs(caplog: pytest.LogCaptureFixture) -> None:
    """The same line."""
    with caplog.at_level(logging.DEBUG, core.logger.name):
        Tag.b(_id="x")
        with _Their():
            Tag.b(_id="x")
    ours, theirs = (record.getMessage() for record in caplog.records)
    assert ours == theirs == "Created Tag: b (id: x)"


def test_another_htag_makes_its_tags_itself() -> None:
    """One whose methods name other things."""

    class Other:
        def __init__(self) -> None:
            self.other = 1

        def init(self) -> None:
            self.other = 2

        def add(self) -> None:
            self.other = 3

    before = dict(vars(Other))
    install_tags(type("Core", (), {"GTag": Other}))
    assert dict(vars(Other)) == before
