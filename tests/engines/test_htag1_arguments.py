"""Arguments of htag 1 apps from the query, by htag's own parser."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.engines.htag1_arguments import Arguments, BuildOnce, read_arguments
from quick_htag.errors import AppFailed

try:
    from htag import Tag
    from htag.runners.commons import url2ak
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )


class App(Tag.div):
    def init(self, *args: Any, **kargs: Any) -> None:
        pass


class Plain(Tag.div):
    pass


@pytest.mark.parametrize(
    ("query", "args", "kargs"),
    [
        ("", (), {}),
        ("Jim&42", ("Jim", "42"), {}),
        ("name=Jim+B&age=42", (), {"name": "Jim B", "age": "42"}),
        ("a=1=2", (), {"a": "1=2"}),
        ("a=", (), {"a": None}),
        ("a%3D1", ("a=1",), {}),
        ("n=%C3%A9", (), {"n": "é"}),
    ],
)
def test_the_query_gives_arguments(query: str, args: Any, kargs: Any) -> None:
    """Items become positional and keyword arguments as htag decides."""
    assert read_arguments(App, query, url2ak) == Arguments(args, kargs, ())


@pytest.mark.parametrize("name", ["js", "_onload", "_hr_", "tag", "state", "render", "update"])
def test_a_harmful_name_is_ignored(name: str) -> None:
    """Names that would become scripts, attributes or clash with htag are left out."""
    arguments = read_arguments(App, f"{name}=alert(1)&ok=1", url2ak)
    assert arguments == Arguments((), {"ok": "1"}, (name,))


def test_content_from_the_query_is_ignored() -> None:
    """An app without init would take a positional argument for HTML of its page."""
    arguments = read_arguments(Plain, "<b>&title=x", url2ak)
    assert (arguments.args, arguments.ignored) == ((), ("title", "positional arguments")[1:])
    assert arguments.kargs == {"title": "x"}


def test_a_query_the_parser_trips_over_is_ignored() -> None:
    """A parser that raises gives no arguments."""

    def parse(url: str) -> Any:
        raise ValueError(url)

    assert read_arguments(App, "x", parse) == Arguments((), {}, ("x",))


class Named(Tag.div):
    def init(self, name: str = "", age: str = "") -> None:
        self.name, self.age = name, age


class Built(Tag.div):
    def __init__(self, name: str, **kargs: Any) -> None:
        super().__init__(**kargs)


@pytest.mark.parametrize(
    ("app", "query", "expected"),
    [
        (Named, "Jim&age=42", Arguments(("Jim",), {"age": "42"}, ())),
        (Named, "Jim&42&x", Arguments((), {}, ("Jim", "42", "x"))),
        (Named, "size=1&name=Jim", Arguments((), {}, ("size", "name"))),
        (Built, "name=Jim", Arguments((), {"name": "Jim"}, ())),
        (Built, "name=Jim&age=42", Arguments((), {"name": "Jim", "age": "42"}, ())),
        (Built, "age=42", Arguments((), {}, ("age",))),
    ],
)
def test_arguments_an_app_does_not_take_are_left_out(
    app: type, query: str, expected: Arguments
) -> None:
    """All of them, before the app is built."""
    assert read_arguments(app, query, url2ak) == expected


def test_an_app_is_built_once() -> None:
    """It is a subclass of Tag for htag, and its TypeError is no TypeError for htag."""
    once = BuildOnce(Named, lambda app: [])
    assert issubclass(once, Tag)  # type: ignore[arg-type]
    assert once("Jim", _hr_=None).name == "Jim"
    with pytest.raises(AppFailed, match=r"Named .* TypeError") as caught:
        once(1, 2, 3)
    assert isinstance(caught.value.__cause__, TypeError)


def test_what_htag_asks_a_class_for_is_there() -> None:
    """Its statics and imports, and those of the classes it is made of."""

    class Styled(Tag.div):
        statics = ("a{}",)
        imports = (Plain,)

    once = BuildOnce(Styled, lambda app: [])
    assert (once.statics, once.imports) == (("a{}",), (Plain,))
    assert once.__bases__ == Styled.__bases__
