"""One event of an event stream, as handlers give it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .channel import event_text


@dataclass(frozen=True)
class ServerSentEvent:
    """An event with more than data.

    Attributes:
        data: str, or anything that becomes JSON.
        event: the name, for ``addEventListener``; None: "message".
        id: comes back as ``args["last_event_id"]`` when the browser connects again.
        retry: seconds the browser waits before it connects again; None: as before.

    """

    data: Any
    event: str | None = None
    id: str | None = None
    retry: float | None = None


def event_bytes(value: Any) -> bytes:
    """An event as it is sent.

    Args:
        value: a ``ServerSentEvent``; a str, its data as it is; or anything that becomes JSON.

    Raises:
        ConfigurationError: name or id have a line end.
        TypeError: it does not become JSON.
        ValueError: it has a number that JSON does not have.

    """
    if not isinstance(value, ServerSentEvent):
        return event_text(_text(value)).encode("utf-8", "replace")
    event_id = None if value.id is None else str(value.id)
    text = event_text(_text(value.data), event=value.event, event_id=event_id, retry=value.retry)
    return text.encode("utf-8", "replace")


def _text(data: Any) -> str:
    if isinstance(data, str):
        return data
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
