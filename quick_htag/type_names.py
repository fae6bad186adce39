"""Names for annotations, as quick_server scripts import them. Nothing here does anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, TypedDict, Union

if TYPE_CHECKING:
    from .messages.params import Params
    from .messages.request import Request
    from .messages.response import HTTPResponse
    from .messages.upload import Upload


class ReqArgs(TypedDict):
    """The second argument of an endpoint; every key is always there.

    ``segments`` and ``paths`` are decoded: an element may contain "/" or be "..", if a client
    encoded it, so never join one to a file path unchecked. ``query``, and ``post`` of a form, have
    ``get_all(name)`` for names that are given more than once.
    """

    paths: list[str]
    query: Params
    post: Any
    files: dict[str, Upload]
    segments: dict[str, str]
    fragment: str
    meta: dict[str, Any]
    cookie: SimpleCookie | None


# "continue" is no name in Python, hence the spelling
_Continues = TypedDict("_Continues", {"continue": bool})


class WorkerResponse(_Continues):
    """An answer of the worker protocol, with ``continue`` beside these."""

    token: str | int
    done: bool
    result: Any


class WorkerTask(TypedDict, total=False):
    """One job, as workers of your own may keep it."""

    running: bool
    result: str | None
    exception: tuple[str, str | None] | None
    thread: threading.Thread | None


class SocketArgs(ReqArgs):
    """``args`` of a websocket or of events: as of an endpoint, and what only they have."""

    session: MutableMapping[str, Any] | None
    """The session of the visitor; None: the request named none, and middleware opened none."""


class EventArgs(SocketArgs):
    """``args`` of a generator of events."""

    last_event_id: str
    """Id of the last event the client has got, when it connects again; else empty."""

    gone: threading.Event
    """Set when the client has left or the server stops; to wait on between events."""


class CmdState(TypedDict, total=False):
    """A line of the prompt that is being completed."""

    line: str
    suggestions: list[str]


ReqF = Callable[["Request", ReqArgs], Any]
"""An endpoint: called on the thread that handles the request."""

MiddlewareF = Callable[["Request", ReqArgs, Any], Any]
"""``fun(req, args, okay)``: returns ``okay`` to go on, anything else to answer with it."""

PreMiddlewareF = Callable[["Request", str, "SimpleCookie | None"], object]
"""``fun(req, path, cookie)``: runs before everything else; answers by raising."""

BeforeF = Callable[["Request"], Any]
"""``fun(req)``: runs before everything else; None goes on, anything else answers."""

AnyStrResponse = Union[str, bytes, BinaryIO, TextIO, Iterator[Any], "HTTPResponse", None]
"""What a text endpoint may return, besides a ``Response`` around it."""

CmdF = Callable[[list[str]], object]
"""``fun(args)``: a command of the prompt."""

CmdCompleteF = Callable[[list[str], str], Iterable[str] | None]
"""``complete(args, text)``: what the word being typed may become."""

PrintF = Callable[..., None]
"""The shape of ``msg``."""

ThreadFactory = Callable[..., threading.Thread]
"""Makes a thread; called with ``target``, ``args``, ``name`` and ``daemon`` by keyword."""

TokenObj = dict[str, Any]
"""What ``get_token_obj`` gives, seen as a dict."""

PostFileLens = dict[str, int]
"""Sizes of uploaded files in bytes, by the name of their field."""

WorkerArgs = dict[str, Any]
"""The payload of a job."""

WorkerF = Callable[[WorkerArgs], Any]
"""The function of a job."""

WorkerThreadFactory = Callable[..., threading.Thread]
"""Makes the thread of a job; called with ``target``, ``args`` and ``name`` by keyword."""

CacheIdObj = dict[str, Any]
"""What tells one cached result from others; anything JSON can hold."""
