"""What proxies say about the client, as values: Forwarded (RFC 7239) and X-Forwarded-*.

The rules of this file: fields are read from the right, since every proxy adds at the right what it
has seen itself. Reading ends at the first address that is no trusted proxy: that is the client, and
what stands further left was written by it and is never looked at. What a trusted proxy must have
written and cannot be understood makes its field ignored as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from .headers import Headers
from .networks import plain_address

Node = tuple[str, int]
"""Address, or a name by RFC 7239 section 6.2 or 6.3, and port; 0: the port is not known."""

Trusted = Callable[[str], bool]
"""Whether an address is that of a trusted proxy."""

_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_HOST = re.compile(r"(?:[A-Za-z0-9.\-_]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
# No ";": it would add an attribute to a cookie's Path. No "//": it would name another host.
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9\-._~%@:+!$&*=()]+)*/?")
_NODE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}|_[A-Za-z0-9._\-]+))?")
_OBFUSCATED = re.compile(r"unknown|_[A-Za-z0-9._\-]+", re.IGNORECASE)
_PAIR = re.compile(
    r"[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)="
    r"([!#$%&'*+\-.^_`|~0-9A-Za-z:\[\]]+|\"(?:[^\"\\]|\\.)*\")[ \t]*(;|$)"
)


class Forwarded(NamedTuple):
    """What trusted proxies said about a request; None where they said nothing.

    Attributes:
        client: who sent it to the first of them.
        scheme: "http" or "https", as the client used it.
        host: the host the client asked for, with its port where it is not the default one.
        prefix: the path that was taken away from the target, by a proxy or by the program this
            application is mounted in, without a slash at its end; "": none.

    """

    client: Node | None
    scheme: str | None
    host: str | None
    prefix: str


def read_forwarded(headers: Headers, trusted: Trusted) -> Forwarded | None:
    """What the proxies said; None: nothing. Only for requests that came from a trusted proxy.

    A proxy that writes one family of fields passes on what a client has written in the other. So
    only one is believed, and that is the common one if it is there.
    """
    common = any(
        name in headers for name in ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
    )
    if common:
        client, depth = _find_client(_members(headers, "x-forwarded-for"), trusted)
        scheme = _SCHEMES.get((_pick(headers, "x-forwarded-proto", depth) or "").lower())
        host = _x_forwarded_host(headers, depth, scheme)
    else:
        client, depth, said = _find_element(_members(headers, "forwarded"), trusted)
        scheme = _SCHEMES.get(said.get("proto", "").lower())
        host = _checked_host(said.get("host"))
    prefix = checked_prefix(_pick(headers, "x-forwarded-prefix", depth))
    found = Forwarded(client, scheme, host, prefix)
    return found if any(found) else None


def parse_node(text: str) -> Node | None:
    """An address with or without a port, "unknown", or a name that begins with "_"; None: none."""
    try:
        return plain_address(text), 0
    except ValueError:  # it may have brackets, a port, or be no address
        match = _NODE.fullmatch(text)
    if match is None:
        return None
    host, port = match[1], match[2] or "0"
    number = int(port) if port[0] != "_" else 0
    if number > 65535:
        return None
    if _OBFUSCATED.fullmatch(host):
        return host, number
    try:
        return plain_address(host.strip("[]")), number
    except ValueError:
        return None


def _members(headers: Headers, name: str) -> list[str]:
    """Members of a comma-separated field.

    Commas in quotes part them too: a quote that a client leaves open must not reach what proxies
    have added behind it, and nothing that is read here has a comma.
    """
    value = headers.get(name) or ""
    return [part for part in (item.strip(" \t") for item in value.split(",")) if part]


def _find_client(nodes: list[str], trusted: Trusted) -> tuple[Node | None, int]:
    """The right-most node that is no trusted proxy, and how many are to the right of it."""
    client, depth = None, 0
    for index, text in enumerate(reversed(nodes)):
        node = parse_node(text)
        if node is None:
            return None, 0
        client, depth = node, index
        if not trusted(node[0]):
            break
    return client, depth


def _pick(headers: Headers, name: str, depth: int) -> str | None:
    """The member that the proxy next to the client has written.

    Proxies that replace a field and do not add to it leave fewer members.
    """
    values = _members(headers, name)
    return values[max(0, len(values) - 1 - depth)] if values else None


def _x_forwarded_host(headers: Headers, depth: int, scheme: str | None) -> str | None:
    host = _checked_host(_pick(headers, "x-forwarded-host", depth))
    port = _pick(headers, "x-forwarded-port", depth)
    if host is None or port is None or _has_port(host):
        return host
    default = {"http": "80", "https": "443"}.get(scheme or "")
    return host if port == default else _checked_host(f"{host}:{port}") or host


def _has_port(host: str) -> bool:
    return ":" in host.rpartition("]")[2]


def _find_element(elements: list[str], trusted: Trusted) -> tuple[Node | None, int, dict[str, str]]:
    """Client, depth, and the parameters of ``Forwarded``; the nearer to the client, the better."""
    client, depth = None, 0
    said: dict[str, str] = {}
    for index, text in enumerate(reversed(elements)):
        pairs = _parse_element(text)
        node = parse_node(pairs["for"]) if pairs and "for" in pairs else None
        if pairs is None or ("for" in pairs and node is None):
            return None, 0, {}
        said |= pairs
        depth = index
        if node is None:
            break  # whoever is behind this proxy is not known
        client = node
        if not trusted(node[0]):
            break
    return client, depth, said


def _parse_element(text: str) -> dict[str, str] | None:
    """The parameters of one element (RFC 7239 section 4); None: malformed."""
    pairs: dict[str, str] = {}
    position, more = 0, True
    while more:
        match = _PAIR.match(text, position)
        if match is None or match[1].lower() in pairs:
            return None
        value = match[2]
        if value[0] == '"':
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        pairs[match[1].lower()] = value
        position, more = match.end(), match[3] == ";"
    return pairs


def _checked_host(text: str | None) -> str | None:
    if text is None or _HOST.fullmatch(text) is None:
        return None
    port = text.rpartition(":")[2] if _has_port(text) else "0"
    return text if int(port) <= 65535 else None


def checked_prefix(text: str | None) -> str:
    """A path that somebody has taken away, without a slash at its end; "": none that can be."""
    if text is None or _PREFIX.fullmatch(text) is None:
        return ""
    return text.rstrip("/")
