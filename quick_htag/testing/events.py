"""What a page would send when something happens to an element, without running its JavaScript.

Handlers that htag writes are understood: calls of ``interact`` (htag 1) and ``htag_event``
(htag 2). Of other JavaScript in the arguments only the names in ``NAMES`` are known.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .dom import Element

_HTAG2: Final = re.compile(r"htag_event\('([^']*)',\s*'([^']*)'")
_INTERACT: Final = re.compile(r"interact\(\s*(?=\{)")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER_OR_WORD: Final = re.compile(r"[-+.\w]+")
_EXPRESSION: Final = re.compile(r"[A-Za-z_$][\w$]*(?:\.[\w$]+|\([\w$.,\s]*\))*")


def payloads(
    element: Element, event: str, data: Mapping[str, Any], javascript: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """What an event at ``element`` sends, from the element up, as events bubble.

    Args:
        element: where it happens.
        event: its name: "click", "input", ...
        data: what the event carries, "key" for example.
        javascript: values of expressions in the arguments of handlers.

    Raises:
        ValueError: a handler has an argument that is not understood.

    """
    for one in (element, *element.ancestors()):
        handler = one.get(f"on{event}")
        if handler is None:
            continue
        for found in _HTAG2.finditer(handler):
            yield {"id": found[1], "event": found[2], "data": _data(element, event, data)}
        for found in _INTERACT.finditer(handler):
            yield _evaluated(handler, found.end(), {**_names(one, data), **javascript})
        if "stopPropagation" in handler:
            return


def _data(element: Element, event: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """As the page of htag 2 fills it."""
    values: dict[str, Any] = {"callback_id": secrets.token_hex(4)}
    if event == "submit" and element.tag == "form":
        values["value"] = fields(element)
    elif element.get("type") in ("checkbox", "radio"):
        values["value"] = values["checked"] = element.checked
    elif element.value is not None:
        values["value"] = element.value
    return {**values, **data}


def fields(form: Element) -> dict[str, str]:
    """What a form would send: the named controls that are not disabled."""
    values: dict[str, str] = {}
    for one in form.descendants():
        name, kind = one.get("name"), one.get("type")
        if (
            not name
            or one.tag not in ("input", "textarea", "select")
            or "disabled" in one.attributes
        ):
            continue
        if kind in ("checkbox", "radio") and not one.checked:
            continue
        if kind not in ("submit", "button", "reset", "file"):
            values[name] = one.value or ""
    return values


def _names(element: Element, data: Mapping[str, Any]) -> dict[str, Any]:
    """The JavaScript expressions that handlers of htag 1 usually have."""
    return {
        "jevent(event)": dict(data),
        "this.value": element.value or "",
        "this.checked": element.checked,
        **{f"event.{name}": value for name, value in data.items()},
    }


def _evaluated(handler: str, start: int, names: Mapping[str, Any]) -> dict[str, Any]:
    """The object literal at ``start``, its expressions replaced by their values."""
    pieces: list[str] = []
    depth, at = 0, start
    while at < len(handler):
        at, piece = _token(handler, at, names)
        pieces.append(piece)
        depth += (piece == "{") - (piece == "}")
        if depth == 0:
            break
    try:
        value: dict[str, Any] = json.loads("".join(pieces))
    except ValueError as error:
        raise ValueError(f"the handler {handler[start:]!r} is not understood") from error
    return value


def _token(handler: str, at: int, names: Mapping[str, Any]) -> tuple[int, str]:
    """The end of the next token, and it as JSON."""
    if found := _STRING.match(handler, at):
        return found.end(), found[0]
    if found := _EXPRESSION.match(handler, at):
        return found.end(), _value(found[0], names)
    if found := _NUMBER_OR_WORD.match(handler, at):
        return found.end(), found[0]
    return at + 1, handler[at]


def _value(expression: str, names: Mapping[str, Any]) -> str:
    if expression in ("true", "false", "null"):
        return expression
    if expression not in names:
        raise ValueError(
            f"{expression!r} is JavaScript that is not understood; give its value: "
            f"page.javascript[{expression!r}] = ..."
        )
    return json.dumps(names[expression])
