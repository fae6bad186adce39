"""Endpoints whose answers are kept in the cache of their server."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from ..caching import Cache, CacheUse
from ..errors import ConfigurationError
from .user import before, taken_apart

if TYPE_CHECKING:
    from ..messages.headers import Headers
    from ..messages.request import Request
    from ..messages.session_methods import SessionDoor
    from ..type_names import ReqArgs, ReqF

CacheChoice = Callable[["ReqArgs"], Any] | Literal[True]
"""Gives what tells one answer from others, JSON, or None: not cached. True: all that was asked."""


_OF_VISITORS: Final = frozenset(("cookie", "meta"))  # in the arguments of an endpoint


class _NotKept(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


def cached(
    fun: ReqF, choice: CacheChoice, current: Callable[[], Cache | None], section: str, where: str
) -> ReqF:
    """``fun`` with its answers kept: text, and what JSON has. Others are made each time.

    Middleware below the decorator of the route is asked each time: who was let in must not let in
    those who come later.

    Args:
        fun: the endpoint.
        choice: what tells answers apart.
        current: gives the cache; None: nothing is kept.
        section: the part of the cache.
        where: method and mask, so that endpoints do not share answers.

    Raises:
        ConfigurationError: ``choice`` is neither callable nor True.

    """
    if choice is not True and not callable(choice):
        raise ConfigurationError("cache= is True or a function of args that gives JSON or None")

    guards, behind = taken_apart(fun)

    def call(req: Request, args: ReqArgs) -> Any:
        cache = current()
        wanted = _everything(args) if choice is True else choice(args)
        if cache is None or wanted is None:
            return behind(req, args)
        use = CacheUse(cache, {"endpoint": where, "id": wanted}, section, "string")
        make = partial(_for_everybody if choice is True else _text, behind, req, args)
        try:
            return json.loads(use.text(make))
        except _NotKept as made:
            return made.value

    kept: ReqF = functools.update_wrapper(call, behind)
    for guard in reversed(guards):
        kept = before(guard, kept)
    return kept


def _everything(args: ReqArgs) -> Any:
    """None with files: they are not looked into."""
    if args["files"]:
        return None
    return [args["segments"], args["paths"], dict(args["query"]), args["post"]]


class _Watched:
    """The session of a request, or its fields, that knows whether somebody has looked there."""

    def __init__(self, target: Any) -> None:
        self._target = target
        self.used = False

    def __call__(self) -> Any:
        self.used = True
        return self._target()

    def __getattr__(self, name: str) -> Any:
        self.used = True
        return getattr(self._target, name)

    def __getitem__(self, name: str) -> Any:
        self.used = True
        return self._target[name]

    def __contains__(self, name: object) -> bool:
        self.used = True
        return name in self._target

    def __iter__(self) -> Iterator[Any]:
        self.used = True
        return iter(self._target)

    def __len__(self) -> int:
        return len(self._target)


class _WatchedArgs(dict[str, Any]):
    """Arguments that notice whether anybody looks at what is of one visitor."""

    used = False

    def __getitem__(self, name: str) -> Any:
        self.used = self.used or name in _OF_VISITORS
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.used = self.used or name in _OF_VISITORS
        return super().get(name, default)


def _for_everybody(fun: ReqF, req: Request, args: ReqArgs) -> str:
    """The text to keep.

    Raises:
        _NotKept: the answer was made with the session, fields of the request, or what middleware
            knows, so it may be that of one visitor.

    """
    door, headers = req.open_session, req.headers
    seen, session, fields = _WatchedArgs(args), _Watched(door), _Watched(headers)
    if door is not None:
        req.open_session = cast("SessionDoor", session)
    req.headers = cast("Headers", fields)
    try:
        text = _text(fun, req, cast("ReqArgs", seen))
    finally:
        req.open_session, req.headers = door, headers
    if seen.used or session.used or fields.used:
        raise _NotKept(json.loads(text))
    return text


def _text(fun: ReqF, req: Request, args: ReqArgs) -> str:
    value = fun(req, args)
    if value is None:  # 404
        raise _NotKept(value)
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):  # a Response, bytes, a file: not kept
        raise _NotKept(value) from None
