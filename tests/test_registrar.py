"""The eight decorators."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
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

    def set_file_argc(self, mask: str, argc: int | None) -> None:
        """Of no interest here."""

    def middlewares(self, *functions: Any) -> AbstractContextManager[None]:
        return nullcontext()

    def add_pre_middleware(self, fun: Any) -> None:
        """Of no interest here."""

    def before(self, fun: Any) -> Any:
        return fun


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


@pytest.mark.parametrize("kind", ["json", "text"])
@pytest.mark.parametrize("method", ["get", "put", "post", "delete"])
def test_each_mask_method_registers_its_kind_and_method(kind: str, method: str) -> None:
    """Without a decorator, and without a number of segments, as quick_server has it."""
    recorder = Recorder()

    def fun(req: Any, args: Any) -> None:
        """Do nothing."""

    getattr(recorder, f"add_{kind}_{method}_mask")("/mask", fun)
    getattr(recorder, f"add_{kind}_mask")("/mask", method, fun)
    assert recorder.added == [(kind, method.upper(), "/mask", None, fun)] * 2


def test_middleware_is_a_decorator() -> None:
    """It gives a function that asks the middleware first."""
    guarded = Recorder().middleware(lambda req, args, okay: "no")(lambda req, args: "yes")
    assert guarded(None, {}) == "no"
