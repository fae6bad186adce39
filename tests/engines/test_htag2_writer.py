"""What is written of tags; ``test_htag2_changes`` compares what comes of it with htag itself."""

from __future__ import annotations

from typing import Any

import pytest

try:
    from htag import State, Tag, core, prevent, stop
    from htag.runner import AppRunner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

from quick_htag.engines.htag2_writer import MOST_CLASSES, Words, Writer

pytestmark = pytest.mark.usefixtures("engine")  # which patches htag


class Loud(Tag.em):
    """Writes itself."""

    def __str__(self) -> str:
        return super().__str__().upper()


class Odd:
    """Is anything."""

    def __str__(self) -> str:
        return "<odd>"


def handler(event: Any) -> None:
    """Handle an event."""


MADE = Tag.i("made")
CONTENTS: list[Any] = [
    ["plain"],
    ["", "a & b", core.HTML("<hr>"), 5, 1.5, True, None, ["<", Tag.b("in a list")]],
    [State("<s>"), State(Tag.b("kept")), lambda: ["new", MADE], Odd()],
    [Tag.div(Tag.p(Tag.b("deep"), "text"), Tag("fragment", Tag.br())), Loud("loud", Tag.b("own"))],
    [Tag.style("a > b"), Tag.script("1 < 2"), Tag.img(_src="x"), Tag.my_element()],
    [Tag.input(_value="'\""), Tag.textarea("t", _oninput=handler), Tag.select(_oninput="say('')")],
    [Tag.b(_onclick=prevent(lambda event: 0), _onblur=stop(lambda event: 0), _onfocus=handler)],
    [Tag.b(_a=True, _b=False, _c=None, _d=0, _e="", _f=State("f"), _g=lambda: "g", _h=Odd())],
    [Tag.b("given", _id="given"), Tag.b(_class=["a", "<"], _data_x=core.HTML("&"))],
]


@pytest.fixture
def words() -> Words:
    """What the installed htag has."""
    return Words(core, AppRunner)


@pytest.mark.parametrize("content", CONTENTS)
def test_tags_are_written_as_htag_writes_them(words: Words, content: list[Any]) -> None:
    """The same text, and no mark is left."""
    app = Tag.App(*content)
    app.childs[-1:] = [*app.childs[-1:], Tag.b("with another id")]
    app.childs[-1]["id"] = "other"
    written = Writer(words, app)(app)
    assert written == app.render_tag(app)
    assert not app.is_dirty


def test_it_is_known_when_code_of_the_app_has_run(words: Words) -> None:
    """Then other tags may have changed; texts, numbers and tags of plain classes run none."""
    app = Tag.App()
    for content, asked in (
        (["text", 5, core.HTML("<hr>"), State("s"), Tag.b("b", _title="t")], False),
        ([lambda: "text"], True),
        ([Tag.b(_title=lambda: "text")], True),
        ([Tag.b(Odd())], True),
        ([Loud("text")], True),
        ([State(Odd())], True),
    ):
        writer = Writer(words, app.clear(*content))
        writer(app)
        assert writer.asked == asked


def test_what_is_marked_meanwhile_stays_marked(words: Words) -> None:
    """Marks are cleared before code of the app runs, also those of tags that come later."""
    before, after = Tag.b("before"), Tag.b("after")

    def change() -> str:
        before.text = after.text = "changed"
        return ""

    app = Tag.App(before, change, after)
    Writer(words, app)(app)
    assert (app.is_dirty, before.is_dirty, after.is_dirty) == (False, True, True)


def test_tags_of_other_methods_are_left_to_htag(words: Words) -> None:
    """A class with a method of its own, and htag calls what can be called."""

    class Short(Tag.b):
        def _render_attrs(self) -> str:
            return " short"

    class Called(Tag.b):
        def __call__(self) -> str:
            return "called"

    app = Tag.App(Tag.p(Short("text")), Called("text"))
    writer = Writer(words, app)
    assert "<p" in writer(app)
    assert "<b short>text</b>" in writer(app)
    assert writer(app) == app.render_tag(app)
    assert "called</body>" in writer(app)
    assert writer(app.childs[0].childs[0]) == "<b short>text</b>"


def test_another_htag_writes_itself(words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version of htag writes differently is not written here."""
    assert words.are_known
    monkeypatch.setattr(core.GTag, "__str__", lambda tag: "other")
    assert not Words(core, AppRunner).are_known
    monkeypatch.undo()
    monkeypatch.delattr(core, "HTML")
    assert not Words(core, AppRunner).are_known


def test_classes_that_are_made_again_and_again_are_forgotten(words: Words) -> None:
    """An app that makes a class for each tag does not grow by it here."""
    app = Tag.App()
    writer = Writer(words, app)
    for _ in range(MOST_CLASSES + 5):
        writer(type("Again", (Tag.b,), {})("text"))
    assert len(words.plain) <= MOST_CLASSES + 1
