"""HTML and scripts of tags are what htag writes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

try:
    from htag import Tag, expose
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

from quick_htag.engines.htag1_writer import takes_event

assert HRenderer


class Panel(Tag.section):
    """What pages may call, and what looks so."""

    js = "start()"

    def init(self, **_: Any) -> None:
        self.late = expose(lambda: None)
        self.other = len

    @expose
    def save(self) -> None:
        """Exposed."""

    def drop(self) -> None:
        """Not exposed."""


class Framed(Tag.div):
    """Writes itself."""

    def __str__(self) -> str:
        return f"<hr>{super().__str__()}<hr>"


class Late(Tag.div):
    """Renders itself, and needs to."""

    def render(self) -> None:
        self.clear(Tag.b("late"))


def served(*content: Any) -> Any:
    """A tag of an app that is served, which is what gives tags their ids."""
    root = Tag.body(_hr_=SimpleNamespace(session={}))
    root.add(content)
    return root


@pytest.mark.parametrize("root", [Tag.body, served])
def test_html_is_that_of_htag(engine: Any, root: Any) -> None:
    """With ids in an app that is served, and without; attributes of all kinds."""
    tag = root(
        [
            Tag.my_tag(["<raw>", 1], _class="a b", _style=None, _title='"&<', _hidden=True),
            Tag.p(_disabled=False, _value="", _onclick=lambda tag: None, _width=0),
            Tag(["in", Tag.i("a placeholder"), None]),
            Framed("x"),
        ]
    )
    assert engine.writer.html(tag) == str(tag)


def test_a_tag_is_rendered_once(engine: Any) -> None:
    """And what it has made is in the page."""
    late = Late()
    root = served(late)
    assert "late</b></div>" in engine.writer.html(root)
    assert len(late.childs) == 1


def test_scripts_are_those_of_htag(engine: Any) -> None:
    """Of exposed methods of the class and of the tag, and ``js``; the order of methods is free."""
    root = served(Panel(), Tag.p(js="p()"))
    theirs, ours = root._getAllJs(), engine.writer.scripts(root)
    assert [sorted(text) for text in ours] == [sorted(text) for text in theirs]
    assert "self.save = function" in ours[0]
    assert "self.late = function" in ours[0]
    assert "drop" not in ours[0]


def test_a_method_exposed_later_is_called(engine: Any) -> None:
    """A class that has got another attribute is looked at anew."""

    class Grows(Tag.div):
        pass

    assert engine.writer.scripts(Grows()) == []
    Grows.grown = expose(lambda self: None)
    assert "grown" in engine.writer.scripts(Grows())[0]


@pytest.mark.parametrize(
    "callback",
    [
        lambda ev: None,
        lambda self, ev: None,
        lambda self, other, ev: None,
        lambda self, *ev: None,
        lambda self, *, ev: None,
        Panel.save,
        Panel().drop,
        print,
        expose(lambda ev: None),
    ],
)
def test_callbacks_that_take_the_event_are_known(callback: Any) -> None:
    """As ``inspect`` tells, which htag asks."""
    import inspect

    expected = "ev" in inspect.getfullargspec(callback).args[:2] if callback is not print else False
    assert takes_event(callback) == expected


def test_an_id_of_an_app_is_warned_about(engine: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Tags that are served have their own."""
    tag = Tag.p(_id="mine")
    assert f'id="{id(tag)}"' in engine.writer.html(served(tag))
    assert "mine" in caplog.text


def test_a_tag_that_has_scripts_of_its_own_is_asked(engine: Any) -> None:
    """A class may have its own way, which may ask htag's."""

    class Scripted(Tag.div):
        def _getAllJs(self) -> list[str]:
            return ["mine()", *super()._getAllJs()]

    root = served(Scripted(Tag.p(js="p()")))
    assert engine.writer.scripts(root) == root._getAllJs()
    assert engine.writer.scripts(root)[0] == "mine()"
