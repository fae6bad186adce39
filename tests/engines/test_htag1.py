"""Which classes are apps of htag 1, and how they are built."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import AppFailed

try:
    from htag import Tag
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert HRenderer


class Counter(Tag.div):
    """A number."""

    def init(self) -> None:
        self += "0"


def test_the_query_gives_arguments(host: Any, request_to: Any) -> None:
    """The app is built with the arguments of the URL; others mean another instance."""

    class Greets(Tag.div):
        def init(self, name: str, age: str = "?") -> None:
            self += f"{name} is {age}"

    app = host(Greets, "/app/?Jim&age=42")
    assert "Jim is 42" in app.page().html
    accepts = app.instance.accepts
    assert accepts(request_to("/app?Jim&age=42"))
    assert not accepts(request_to("/app/?Jim&age=43"))
    assert not accepts(request_to("/app/"))


def test_harmful_arguments_are_ignored(host: Any, request_to: Any) -> None:
    """A link cannot bring scripts into the page; what is left out is reported."""

    class Greets(Tag.div):
        pass

    app = host(Greets, "/?js=evil()&_onload=evil()&<evil>")
    assert "evil" not in app.page().html
    assert "ignored in the query of the page: js, _onload" in app.errors[0][0]
    assert app.instance.accepts(request_to("/"))


def test_an_app_that_cannot_be_built_fails(host: Any) -> None:
    """An exception in ``init`` is AppFailed with its cause, not a page."""

    class Broken(Tag.div):
        def init(self) -> None:
            raise KeyError("missing")

    with pytest.raises(AppFailed, match="Broken could not be built: KeyError") as caught:
        host(Broken)
    assert isinstance(caught.value.__cause__, KeyError)
    assert "in init" in caught.value.trace


def test_an_app_that_needs_arguments_fails(host: Any) -> None:
    """Mandatory arguments the URL does not have are AppFailed."""

    class Needs(Tag.div):
        def init(self, name: str) -> None:
            self += name

    with pytest.raises(AppFailed, match="TypeError"):
        host(Needs)


@pytest.mark.parametrize("what", [Counter, "module", "Tag", "text", "instance"])
def test_what_is_an_app(engine: Any, what: Any) -> None:
    """Subclasses of Tag and modules with one are apps."""
    import types

    module = types.ModuleType("module")
    module.App = Counter  # type: ignore[attr-defined]
    candidate = {"module": module, "Tag": Tag, "text": "App", "instance": Tag.div()}.get(what, what)
    assert engine.find_app(candidate) is (Counter if what in (Counter, "module") else None)
