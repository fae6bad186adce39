"""What an executor runs: the function of a job under its link, and how that went as a value.

A call that stays in this process talks to the table of jobs itself. An executor that pickles it
takes it elsewhere, where it comes to life with a link over a socket (``remote_link``). So no
executor has to be asked where it runs things.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import GeneratorType
from typing import Any, Literal, Protocol

from ..caching import CacheUse
from ..errors import JobFailed, PreventDefaultResponse, WorkerDeath
from ..messages.json_text import json_dumps
from .context import Link, check, running
from .remote_link import Address, RemoteLink


@dataclass(frozen=True)
class Outcome:
    """How a call went.

    Attributes:
        kind: "done", "prevented" (``PreventDefaultResponse``), "failed" or "stopped".
        text: the result as JSON text, or the message of ``PreventDefaultResponse``.
        code: the status of ``PreventDefaultResponse``.
        error: what was raised.
        linked: it had a link over a socket, whose end may still be on its way.

    """

    kind: Literal["done", "prevented", "failed", "stopped"]
    text: str | None = None
    code: int | None = None
    error: BaseException | None = None
    linked: bool = False


class HomeLink(Link, Protocol):
    """A link in the process of the table."""

    def begin(self) -> bool:
        """The function is about to be called; False: it must not be any more."""

    def left(self) -> None:
        """The thread has left the function. May be called again."""

    def address(self) -> Address:
        """Where a link from another process connects to."""


class JobCall:
    """The function of a job with its payload. Called once, by an executor, anywhere.

    Args:
        fun: called with ``payload``.
        payload: what the client sent.
        link: to the table of jobs.
        cache: where results are kept; None: nowhere.

    """

    def __init__(
        self,
        fun: Callable[[Any], Any],
        payload: dict[str, Any],
        link: HomeLink,
        cache: CacheUse | None = None,
    ) -> None:
        self._fun = fun
        self._payload = payload
        self._link = link
        self._cache = cache

    def __call__(self) -> Outcome:
        link = self._link
        try:
            outcome = Outcome("stopped")
            if link.begin():
                outcome = run(self._fun, self._payload, link, self._cache)
            link.left()
        except WorkerDeath:  # it was injected, at most once, before or after the function
            outcome = Outcome("stopped")
            link.left()
        return outcome

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return RemoteCall, (self._fun, self._payload, self._link.address(), self._cache)


class RemoteCall:
    """A ``JobCall`` that was taken to another process."""

    def __init__(
        self,
        fun: Callable[[Any], Any],
        payload: dict[str, Any],
        address: Address,
        cache: CacheUse | None,
    ) -> None:
        self._arguments = (fun, payload, address, cache)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return RemoteCall, self._arguments

    def __call__(self) -> Outcome:
        fun, payload, address, cache = self._arguments
        with RemoteLink(address) as link:
            if not link.alive():
                return Outcome("stopped", linked=link.connected)
            outcome = run(fun, payload, link, cache)
            if cache is not None:
                cache.close()
        error = outcome.error
        if error is not None:  # many exceptions cannot be pickled, and no traceback can
            error = JobFailed("".join(traceback.format_exception(error)))
        return replace(outcome, error=error, linked=link.connected)


def run(
    fun: Callable[[Any], Any], payload: dict[str, Any], link: Link, cache: CacheUse | None
) -> Outcome:
    """Call the function under its link; raises nothing."""
    try:
        with running(link):
            if cache is None:
                return Outcome("done", _text(fun(payload), link))
            return Outcome("done", cache.text(lambda: _text(fun(payload), link)))
    except WorkerDeath:
        return Outcome("stopped")
    except PreventDefaultResponse as prevented:
        return Outcome("prevented", prevented.msg, prevented.code)
    except BaseException as error:  # noqa: BLE001 user code, which may also call sys.exit
        if isinstance(error, (TypeError, ValueError)):  # perhaps about what it takes or gave
            from ..tracebacks import note_function  # nothing has failed before

            note_function(error, fun)
        return Outcome("failed", error=error)


def _text(value: Any, link: Link) -> str:
    if not isinstance(value, GeneratorType):
        return json_dumps(value)
    items = list(_handed_over(value, link))
    return f"[{', '.join(items)}]"


def _handed_over(values: Iterator[Any], link: Link) -> Iterator[str]:
    """The items of a generator as JSON, each given to the client at once."""
    for value in values:
        text = json_dumps(value)
        link.item(text)
        yield text
        check()
