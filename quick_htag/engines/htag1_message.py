"""What a page of htag 1 may send: ``{"id", "method", "args", "kargs", "event"}``, as values.

Nothing here knows a tag; see the wire messages and the hazards of ``interact`` of htag 1.
"""

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from ..record import record

if TYPE_CHECKING:
    from .base import Payload

MAX_NAMES = 256  # names in an event or a call; htag compiles a class out of those of an event


@record(frozen=True)
class Call:
    """A call of a page, of the right form.

    Attributes:
        tag_id: id of the tag.
        method: name of the method.
        args: positional arguments.
        kargs: keyword arguments.
        event: fields of the DOM event.

    """

    tag_id: int
    method: str
    args: list[Any]
    kargs: dict[str, Any]
    event: dict[str, Any]

    @property
    def callback(self) -> Any:
        """The name of the callback a handler call is for; None: it names none."""
        return self.args[0] if self.args else None


def read_call(message: Payload) -> Call:
    """The call in a message.

    Continuations of a generator (no method) are not taken: the server drives generators itself.

    Raises:
        ValueError: it is not of the right form; the text says what is wrong.

    """
    tag_id, method = message.get("id"), message.get("method")
    if not isinstance(tag_id, int) or isinstance(tag_id, bool):
        raise ValueError("the id is no integer")
    if not isinstance(method, str):
        raise ValueError("the method is no string")
    args = message.get("args")
    if args is not None and not isinstance(args, list):
        raise ValueError("args is no list")
    kargs = _names(message.get("kargs"), "kargs")
    if not all(key.isidentifier() for key in kargs):
        raise ValueError("kargs has a key that is no identifier")
    event = _names(message.get("event"), "event")
    return Call(tag_id, method, args or [], kargs, _event_fields(event))


def _names(value: Any, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")
    if len(value) > MAX_NAMES:
        raise ValueError(f"{what} has {len(value)} names")
    return value


def _event_fields(event: dict[str, Any]) -> dict[str, Any]:
    """The fields a namedtuple can be made of; ``target`` is the tag itself.

    Names outside of ASCII are dropped, because the compiler changes some (PEP 3131) and the field
    would not be found again.
    """
    return {
        key: value
        for key, value in event.items()
        if key.isascii()
        and key.isidentifier()
        and not iskeyword(key)
        and not key.startswith("_")
        and key != "target"
    }
