"""What a page of htag 2 may send: ``{"id", "event", "data"}``, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import Payload

_SCALARS = (str, int, float, bool, type(None))
# the keys that the script of htag sends
_HARMLESS = frozenset(
    (
        "callback_id",
        "value",
        "checked",
        "name",
        "key",
        "pageX",
        "pageY",
        "button",
        "which",
        "newURL",
        "oldURL",
    )
).issuperset


def read_event(message: Payload) -> dict[str, Any]:
    """The event in a message, without the keys that would overwrite the parts of htag's ``Event``.

    Raises:
        ValueError: it is not of the right form; the text says what is wrong.

    """
    tag_id, name = message.get("id"), message.get("event")
    if not isinstance(tag_id, str):
        raise ValueError("the id is no string")
    if not isinstance(name, str):
        raise ValueError("the event is no string")
    data = message.get("data")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ValueError("data is no object")
    value = data.get("value")
    if value is not None and not _is_value(value):
        raise ValueError("the value is neither a scalar nor an object of scalars")
    callback_id = data.get("callback_id")
    if callback_id is not None and not isinstance(callback_id, str):
        raise ValueError("the callback_id is no string")
    if _HARMLESS(data):  # every event but those of elements of the app's own
        fields = dict(data)
    else:
        fields = {k: v for k, v in data.items() if k != "target" and not k.startswith("_")}
    return {"id": tag_id, "event": name, "data": fields}


def _is_value(value: Any) -> bool:
    """Whether ``value`` is what a form element or a whole form holds.

    An empty object stands for a file: ``JSON.stringify`` makes that of it.
    """
    if isinstance(value, dict):
        return all(isinstance(item, _SCALARS) or item == {} for item in value.values())
    return isinstance(value, _SCALARS)
