"""What a page of htag 1 may send: ``{"id", "method", "args", "kargs", "event"}``, as values.

Nothing here knows a tag; see the wire messages and the hazards of ``interact`` of htag 1.
"""

from __future__ import annotations

import functools
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .base import Payload

MAX_NAMES = 256  # names in an event or a call; htag compiles a class out of those of an event
MAX_LENGTH = 16_384  # characters of the names of an event; browsers send some 1,000
KNOWN_NAMES = 64  # sets of names of events about which is known whether they are fields


class Call(NamedTuple):
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
    get = message.get
    tag_id, method, args = get("id"), get("method"), get("args")
    kargs, event = get("kargs"), get("event")
    if not isinstance(tag_id, int) or isinstance(tag_id, bool):
        raise ValueError("the id is no integer")
    if not isinstance(method, str):
        raise ValueError("the method is no string")
    if args is not None and not isinstance(args, list):
        raise ValueError("args is no list")
    if kargs is not None and _has_names(kargs, "kargs") and _no_identifiers(tuple(kargs)):
        raise ValueError("kargs has a key that is no identifier")
    if event is not None and _has_names(event, "event"):
        dropped = _no_fields(tuple(event))
        if dropped:
            event = {name: value for name, value in event.items() if name not in dropped}
    return Call(tag_id, method, args or [], kargs or {}, event or {})


def _has_names(value: Any, what: str) -> bool:
    """Whether an object has names."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")
    if len(value) > MAX_NAMES:
        raise ValueError(f"{what} has {len(value)} names")
    return bool(value)


@functools.lru_cache(KNOWN_NAMES)
def _no_fields(names: tuple[str, ...]) -> frozenset[str]:
    """Those of the names that an event may have no field of, as browsers send the same ones again.

    Raises:
        ValueError: they are too long to be kept.

    """
    if sum(map(len, names)) > MAX_LENGTH:
        raise ValueError(f"event has names of more than {MAX_LENGTH} characters")
    return frozenset([name for name in names if not _is_field(name)])


def _no_identifiers(names: tuple[str, ...]) -> bool:
    return not all(map(str.isidentifier, names))


def _is_field(name: str) -> bool:
    """Whether an event may have a field of this name; ``target`` is the tag itself.

    Names outside of ASCII are dropped, because the compiler changes some (PEP 3131) and the field
    would not be found again.
    """
    return (
        name.isascii()
        and name.isidentifier()
        and not iskeyword(name)
        and not name.startswith("_")
        and name != "target"
    )
