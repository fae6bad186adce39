"""What the process of an app has refused, as the exceptions that handlers know."""

from __future__ import annotations

from ..errors import AppFailed, HTTPError, NoCapacity
from .link import Refused


def raised(error: Refused) -> Exception:
    """The exception that the process has told of."""
    value = error.value
    kind, text = value.get("kind"), str(value.get("text", ""))
    if kind == "full":
        return NoCapacity(text, int(value.get("retry", 10)))
    if kind == "http":
        headers = [(str(name), str(field)) for name, field in value.get("headers", ())]
        return HTTPError(int(value["status"]), text, headers)
    return AppFailed(text, str(value.get("trace", "")))
