"""The eight decorators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.registrar import Registrar


class Recorder(Registrar):
    """Remembers what is registered."""

    def __init__(self) -> None:
        self.added: list[tuple[Any, ...]] = []

    def _add_endpoint(
        self, kind: str, method: str, mask: str, argc: int | None, fun: Callable[..., Any]
    ) -> None:
        self.added.append((kind, method, mask, argc, fun))


@pytest.mark.parametrize("kind", ["json", "text"])
@pytest.mark.parametrize("method", ["get", "put", "post", "delete"])
def test_each_decorator_registers_its_kind_and_method(kind: str, method: str) -> None:
    """The name of a decorator says what it registers."""
    recorder = Recorder()

    def fun(req: Any, args: Any) -> None:
        """Do nothing."""

    getattr(recorder, f"{kind}_{method}")("/mask", 2)(fun)
    assert recorder.added == [(kind, method.upper(), "/mask", 2, fun)]


def test_decorators_stack() -> None:
    """A decorator returns the function itself, so that several can be used on one."""
    recorder = Recorder()

    def fun(req: Any, args: Any) -> None:
        """Do nothing."""

    assert recorder.json_get("/a")(recorder.text_post("/b")(fun)) is fun
    assert [entry[2:4] for entry in recorder.added] == [("/b", None), ("/a", None)]
