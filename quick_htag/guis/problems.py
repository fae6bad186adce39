"""What a page is told when its app fails, and what the log is."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..tracebacks import Failure

Report = Callable[[str, "BaseException | None", Collection[str]], object]
"""Tells the log: what failed, the exception, and what must not be told."""

MOST_VALUES = 200  # of one event that are hidden

# What messages of pages have besides what was typed or chosen.
_WORDS = frozenset(
    ("type", "pointerType", "inputType", "deltaMode", "method", "id", "callback_id", "event_name")
)


def new_reference() -> str:
    """A number by which a visitor and the log mean the same failure."""
    return secrets.token_hex(4)


def problem(
    report: Report,
    what: str,
    error: BaseException | None,
    *,
    debug: bool,
    hide: Collection[str] = (),
) -> dict[str, Any]:
    """Report a failure; what the page is told of it, in a form for JSON.

    Args:
        report: tells the log.
        what: failed; of several lines the page is told the first.
        error: the exception; None: there is no more than the text.
        debug: tell the page everything, and not only the reference.
        hide: what the visitor has sent.

    """
    reference = new_reference()
    first, *rest = what.split("\n")
    report("\n".join([f"{first} (reference {reference})", *rest]), error, hide)
    told: dict[str, Any] = {"reference": reference}
    if not debug:
        return told
    from ..tracebacks import failure_of, hidden  # nothing has failed before

    told["title"] = hidden(first, hide)
    return told if error is None else {**told, **failure_data(failure_of(error, hide))}


def failure_data(failure: Failure) -> dict[str, Any]:
    """A failure for ``js/problems.js``."""
    where = failure.where
    return {
        "error": failure.text,
        "place": "" if where is None else f"{where.place}, in {where.function}",
        "code": "" if where is None else where.code,
        "parts": failure.parts(),
        "trace": "\n".join(failure.lines()),
        "advice": failure.advice,
    }


def sent_values(message: Mapping[str, Any]) -> list[str]:
    """What was typed or chosen, of an event of a page of either generation."""
    found: list[str] = []
    fields = {**message}
    if isinstance(fields.get("event"), str):  # with htag 2, what kind of event it is
        del fields["event"]
    for value in _texts(fields):
        if value and value not in found:
            found.append(value)
        if len(found) >= MOST_VALUES:
            break
    return found


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [inner for name, inner in one.items() if name not in _WORDS]
