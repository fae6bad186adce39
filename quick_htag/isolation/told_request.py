"""A request without its body, as JSON, for the process that renders its page."""

from __future__ import annotations

from typing import Any

from ..messages.forwarded import Forwarded
from ..messages.headers import Headers
from ..messages.request import NO_WEBSOCKET, Request


def told(request: Request) -> dict[str, Any]:
    """What another process needs to know of a request."""
    forwarded = request.forwarded
    return {
        "method": request.method,
        "target": request.target,
        "version": request.version,
        "headers": request.headers.pairs(),
        "client": request.client_address,
        "scheme": request.scheme,
        "websocket": NO_WEBSOCKET not in request.meta,
        "forwarded": None if forwarded is None else list(forwarded),
    }


def heard(value: dict[str, Any]) -> Request:
    """The request that was told.

    Raises:
        KeyError: something is missing.
        TypeError: something is of another kind.
        ValueError: as above.

    """
    host, port = value["client"]
    request = Request(
        value["method"],
        value["target"],
        Headers((str(name), str(text)) for name, text in value["headers"]),
        version=value["version"],
        client_address=(str(host), int(port)),
        scheme=value["scheme"],
    )
    if not value["websocket"]:
        request.meta[NO_WEBSOCKET] = True
    if value["forwarded"] is not None:
        client, scheme, outer, prefix = value["forwarded"]
        node = None if client is None else (str(client[0]), int(client[1]))
        request.forwarded = Forwarded(node, scheme, outer, prefix)
    return request
