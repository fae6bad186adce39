"""Endpoints whose answers are kept in the cache of their server."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from ..caching import Cache, CacheUse
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ..messages.request import Request
    from ..messages.session_methods import SessionDoor
    from ..type_names import ReqArgs, ReqF

CacheChoice = Callable[["ReqArgs"], Any] | Literal[True]
"""Gives what tells one answer from others, JSON, or None: not cached. True: all that was asked."""


class _NotKept(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


def cached(
    fun: ReqF, choice: CacheChoice, current: Callable[[], Cache | None], section: str, where: str
) -> ReqF:
    """``fun`` with its answers kept: text, and what JSON has. Others are made each time.

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

    def call(req: Request, args: ReqArgs) -> Any:
        cache = current()
        wanted = _everything(args) if choice is True else choice(args)
        if cache is None or wanted is None:
            return fun(req, args)
        use = CacheUse(cache, {"endpoint": where, "id": wanted}, section, "string")
        make = partial(_for_everybody if choice is True else _text, fun, req, args)
        try:
            return json.loads(use.text(make))
        except _NotKept as made:
            return made.value

    return functools.update_wrapper(call, fun)


def _everything(args: ReqArgs) -> Any:
    """None with files: they are not looked into."""
    if args["files"]:
        return None
    return [args["segments"], args["paths"], dict(args["query"]), args["post"]]


class _WatchedDoor:
    """The way of a request to its session, that knows whether it was gone."""

    def __init__(self, door: Any) -> None:
        self.door = door
        self.used = False

    def __call__(self) -> Any:
        self.used = True
        return self.door()

    def __getattr__(self, name: str) -> Any:
        self.used = True
        return getattr(self.door, name)


def _for_everybody(fun: ReqF, req: Request, args: ReqArgs) -> str:
    """As ``_text``; what was made of the session of a visitor is for nobody else."""
    door = req.open_session
    if door is None:
        return _text(fun, req, args)
    watched = _WatchedDoor(door)
    req.open_session = cast("SessionDoor", watched)
    try:
        text = _text(fun, req, args)
    finally:
        req.open_session = door
    if watched.used:
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
