"""Where a proxied path goes: from a path of ours to one of the target, and back. Values only.

The rule of this file: a path that could mean another place to the target than to us is refused.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from ..errors import ConfigurationError, HTTPError

_PORTS: Final = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._\-]+|[0-9A-Fa-f:.]+")
_PATH = re.compile(r"[!-~]*")
_DECODED: Final = 3  # times a segment is decoded: servers behind servers do it again
_DOTS: Final = frozenset((".", ".."))


class ProxyTarget:
    """A name of ours and the URL it stands for; immutable.

    Args:
        name: the path it appears under, "/" at both ends.
        url: ``http://host:port/base`` or ``https://...``; the base may be missing.

    Raises:
        ConfigurationError: one of them cannot work.

    Attributes:
        tls: the target is reached with TLS.
        host: to connect to.
        port: to connect to.
        authority: the ``Host`` field of the target.
        parts: the decoded segments of the name.

    """

    def __init__(self, name: str, url: str) -> None:
        if not name.startswith("/") or not name.endswith("/"):
            raise ConfigurationError(f"the name {name!r} of a proxy must start and end with '/'")
        try:
            split = urlsplit(url)
            port = split.port
        except ValueError as error:
            raise ConfigurationError(f"the proxy target {url!r} is no URL: {error}") from error
        host = split.hostname or ""
        if split.scheme not in _PORTS or _HOST.fullmatch(host) is None:
            raise ConfigurationError(f"the proxy target {url!r} must be http://host or https://...")
        if split.query or split.fragment or split.username is not None:
            raise ConfigurationError(f"the proxy target {url!r} takes no user, query or fragment")
        base = split.path.rstrip("/")
        if _PATH.fullmatch(base) is None or not _is_safe(base.split("/")[1:]):
            raise ConfigurationError(f"the path of the proxy target {url!r} has odd segments")
        self.name = name
        self.scheme = split.scheme
        self.tls = split.scheme == "https"
        self.host = host
        self.port = _PORTS[split.scheme] if port is None else port
        shown = f"[{host}]" if ":" in host else host
        usual = self.port == _PORTS[split.scheme]
        self.authority = shown if usual else f"{shown}:{self.port}"
        self.base = base
        self.parts = tuple(unquote(part) for part in name.split("/") if part)

    def matches(self, raw_path: str) -> bool:
        """Whether a path lies under the name; without its last slash it does, too."""
        if not self.parts:
            return raw_path.startswith("/")
        segments = raw_path.split("/")[1 : len(self.parts) + 1]
        return tuple(unquote(segment) for segment in segments) == self.parts

    def translate(self, target: str) -> str:
        """The request target for the other server; the query stays as it is.

        Raises:
            HTTPError: 400, the path might lead out of the base.

        """
        raw_path, mark, query = target.partition("?")
        rest = raw_path.split("/")[len(self.parts) + 1 :]
        if not _is_safe(rest):
            raise HTTPError(400, "this path cannot be passed on")
        path = self.base + "".join(f"/{segment}" for segment in rest)
        return (path or "/") + mark + query

    def relocate(self, location: str, own_host: str, prefix: str = "") -> str:
        """A ``Location`` of the target as the client must see it.

        Args:
            location: as the target sent it.
            own_host: what the client calls us; a target that was told may use it too.
            prefix: what proxies in front of us take from the path.

        """
        try:
            split = urlsplit(location)
            port = split.port
        except ValueError:  # no URL: the client may make of it what it can
            return location
        if split.scheme or split.netloc:
            scheme = split.scheme or self.scheme
            there = scheme == self.scheme and split.hostname == self.host.lower()
            there = there and (_PORTS[scheme] if port is None else port) == self.port
            if not there and not (scheme in _PORTS and split.netloc == own_host):
                return location
        path = split.path
        if not split.netloc and not path.startswith("/"):
            return location  # relative to the path of the request, of which we keep the end
        path = path or "/"
        if path != self.base and not path.startswith(self.base + "/"):
            return location
        moved = prefix + self.name.rstrip("/") + path[len(self.base) :]
        if moved.startswith("//"):
            return location  # would name a host
        query = f"?{split.query}" if split.query else ""
        fragment = f"#{split.fragment}" if split.fragment else ""
        return (moved or "/") + query + fragment

    def __repr__(self) -> str:
        return f"<ProxyTarget {self.name} {self.scheme}://{self.authority}{self.base}>"


def _is_safe(segments: list[str]) -> bool:
    """Whether no reading of the segments is a step up, an empty step or an end."""
    return "" not in segments[:-1] and all(_is_plain(segment) for segment in segments)


def _is_plain(segment: str) -> bool:
    text = segment
    for _ in range(_DECODED):
        if "\\" in text or "\0" in text:
            return False
        # "..;" is a step up to servers that know path parameters
        if any(part.partition(";")[0] in _DOTS for part in text.split("/")):
            return False
        decoded = unquote(text)
        if decoded == text:
            return True
        text = decoded
    return False  # encoded again and again: nobody means well
