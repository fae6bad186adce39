"""The eight decorators that turn a function into an endpoint."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]


class Registrar(ABC):
    """Registers endpoints: ``fun(req, args) -> value``. Each decorator returns ``fun`` unchanged.

    ``mask`` is the path, ``:name`` in it takes any one segment; ``argc`` is the number of path
    segments that must follow, None: any. See ``routing`` for which of several routes wins.
    """

    @abstractmethod
    def _add_endpoint(
        self, kind: str, method: str, mask: str, argc: int | None, fun: Callable[..., Any]
    ) -> None:
        """Register ``fun``; ``kind`` is "json" or "text".

        Raises:
            ConfigurationError: the mask or argc cannot work.

        """

    def _endpoint(self, kind: str, method: str, mask: str, argc: int | None) -> Decorator[F]:
        def register(fun: F) -> F:
            self._add_endpoint(kind, method, mask, argc, fun)
            return fun

        return register

    def json_get(self, mask: str, argc: int | None = None) -> Decorator[F]:
        """Answer GET and HEAD with JSON."""
        return self._endpoint("json", "GET", mask, argc)

    def json_put(self, mask: str, argc: int | None = None) -> Decorator[F]:
        """Answer PUT with JSON."""
        return self._endpoint("json", "PUT", mask, argc)

    def json_post(self, mask: str, argc: int | None = None) -> Decorator[F]:
        """Answer POST with JSON."""
        return self._endpoint("json", "POST", mask, argc)

    def json_delete(self, mask: str, argc: int | None = None) -> Decorator[F]:
        """Answer DELETE with JSON."""
        return self._endpoint("json", "DELETE", mask, argc)

    def text_get(self, mask: str, argc: int | None = None) -> Decorator[F]:
        """Answer GET and HEAD with text, bytes, a file or a stream."""
        return self._endpoint("text", "GET", mask, argc)

    def text_put(self, mask: str, argc: int | None = None) -> Decorator[F]:
        """Answer PUT with text, bytes, a file or a stream."""
        return self._endpoint("text", "PUT", mask, argc)

    def text_post(self, mask: str, argc: int | None = None) -> Decorator[F]:
        """Answer POST with text, bytes, a file or a stream."""
        return self._endpoint("text", "POST", mask, argc)

    def text_delete(self, mask: str, argc: int | None = None) -> Decorator[F]:
        """Answer DELETE with text, bytes, a file or a stream."""
        return self._endpoint("text", "DELETE", mask, argc)
