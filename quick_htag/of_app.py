"""Attributes of an application that are set on its server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, overload

from .app import App

if TYPE_CHECKING:
    from .server import QuickServer

T = TypeVar("T")


class OfApp(Generic[T]):
    """An attribute of the application that is set on the server."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self.__doc__ = getattr(App, name).__doc__

    @overload
    def __get__(self, server: None, owner: type) -> OfApp[T]: ...
    @overload
    def __get__(self, server: QuickServer, owner: type) -> T: ...
    def __get__(self, server: QuickServer | None, owner: type) -> T | OfApp[T]:
        if server is None:
            return self
        value: T = getattr(server.app, self._name)
        return value

    def __set__(self, server: QuickServer, value: T) -> None:
        setattr(server.app, self._name, value)
