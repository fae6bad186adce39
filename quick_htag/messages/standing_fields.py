"""Header fields that every answer has unless it says otherwise itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigurationError
from .headers import check_field

if TYPE_CHECKING:
    from .response import HTTPResponse

# what a transport decides, or what would say something else on every answer
_NOT_STANDING: Final = frozenset(
    ("connection", "content-encoding", "content-length", "content-range", "content-type", "date")
) | frozenset(
    ("etag", "location", "server", "set-cookie", "trailer", "transfer-encoding", "upgrade")
)


class StandingFields(Mapping[str, str]):
    """Names and values, immutable.

    Args:
        fields: by name; a value of None leaves the field out.

    Raises:
        ConfigurationError: a field cannot be sent, or belongs to one answer.

    """

    __slots__ = ("_fields", "_lower")

    def __init__(self, fields: Mapping[str, str | None]) -> None:
        if not isinstance(fields, Mapping):
            raise ConfigurationError(f"these are fields by name, as a dict, not {fields!r}")
        kept = [_checked(name, value) for name, value in fields.items() if value is not None]
        self._fields = dict(kept)
        self._lower = tuple((name.lower(), (name, value)) for name, value in kept)
        if len({lower for lower, _ in self._lower}) < len(kept):
            raise ConfigurationError(f"a field is named twice: {', '.join(self._fields)}")

    def missing(self, response: HTTPResponse) -> list[tuple[str, str]]:
        """Those that have to be added to an answer."""
        if response.foreign or response.status < 200:
            return []
        names = {name.lower() for name, _ in response.headers}
        return [field for lower, field in self._lower if lower not in names]

    def __getitem__(self, name: str) -> str:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr(self._fields)


def _checked(name: Any, value: Any) -> tuple[str, str]:
    if not isinstance(name, str) or not isinstance(value, str):
        raise ConfigurationError(f"a field is a name and a text, or None, not {name!r}: {value!r}")
    if name.lower() in _NOT_STANDING:
        raise ConfigurationError(f"{name} belongs to one answer and cannot stand on all of them")
    return check_field(name, value)


SECURE: Final = StandingFields(
    {
        # a browser runs nothing as a script or a style sheet that was not sent as one
        "X-Content-Type-Options": "nosniff",
        # what stands in an address stays here: other sites hear of the origin at most
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
)
NONE: Final = StandingFields({})
