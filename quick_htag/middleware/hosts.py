"""The hosts a server answers for: a page of another site must not reach it under a name of its own.

A site can let its own name point to 127.0.0.1 (DNS rebinding). For the browser a server there is
then a part of that site, and every page of the site may read it. The ``Host`` field gives it away.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from ..errors import ConfigurationError, HTTPError
from ..messages.networks import plain_address

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..messages.request import Request
    from ..messages.response import HTTPResponse

LOOPBACK = ("localhost", "*.localhost", "127.0.0.0/8", "[::1]")

_REMEMBERED = 256  # spellings of allowed hosts, and refused hosts that were reported
_LONGEST = 255  # characters of a name (RFC 1035 section 2.3.4); longer ones are not remembered


class AllowedHosts:
    """Judges the ``Host`` of requests. Used by any thread.

    Args:
        entries: what is allowed: "example.org" with any port, "example.org:8080" with this one,
            "*.example.org" for everything below, an address, or a network "192.168.0.0/16".
        log: told of each refused host, once.

    Raises:
        ConfigurationError: an entry is none of these.

    """

    def __init__(self, entries: str | Iterable[str], log: Log) -> None:
        given = [entries] if isinstance(entries, str) else entries
        self.entries = tuple(str(entry) for entry in given)
        self._log = log
        self._names: set[str] = set()
        self._parents: list[str] = []
        self._networks: list[IPv4Network | IPv6Network] = []
        for entry in self.entries:
            self._add(entry)
        self._lock = threading.Lock()  # one writer of the two below; they are replaced as a whole
        self._known: frozenset[str | None] = frozenset([None])  # HTTP/1.0 may have no Host
        self._reported: frozenset[str] = frozenset()

    def _add(self, entry: str) -> None:
        text = entry.strip().lower()
        if text.startswith("*."):
            self._parents.append(text[1:])
        elif "/" in text or _is_address(text):
            try:
                self._networks.append(ip_network(text.strip("[]")))
            except ValueError as error:
                raise ConfigurationError(f"allowed_hosts: {error}") from error
        elif not text or "*" in text:
            raise ConfigurationError(
                f'allowed_hosts takes hosts, "*.example.org" and networks, not {entry!r}; '
                "None allows every host"
            )
        else:
            self._names.add(text.rstrip("."))

    def allows(self, request: Request) -> bool:
        """Whether the request is for this server, by all names it came with."""
        headers = request.headers
        if headers.allowed_by is not self:  # else the same fields have come before
            host = headers.get("host")
            if host not in self._known and not self._judge(host):
                return False
            headers.allowed_by = self
        forwarded = request.forwarded
        if forwarded is None or forwarded.host is None:
            return True
        return forwarded.host in self._known or self._judge(forwarded.host)

    def _judge(self, host: str) -> bool:
        """Look closely at a host, and remember the outcome."""
        allowed = self._fits(host.lower())
        if allowed and len(host) <= _LONGEST:
            with self._lock:
                if len(self._known) < _REMEMBERED:
                    self._known |= {host}
        if not allowed:
            self._report(_without_port(host)[:_LONGEST])
        return allowed

    def _fits(self, host: str) -> bool:
        name = _without_port(host)
        plain = name.rstrip(".")
        if plain in self._names or host in self._names:
            return True
        if any(plain.endswith(parent) and plain != parent for parent in self._parents):
            return True
        try:
            address = ip_address(plain_address(name.strip("[]")))
        except ValueError:  # a name
            return False
        return any(address in network for network in self._networks)

    def _report(self, host: str) -> None:
        with self._lock:
            if host in self._reported or len(self._reported) >= _REMEMBERED:
                return
            self._reported |= {host}
        self._log.message(
            f"a request for the host {host!r} was refused (421). If this is a name of this server, "
            "perhaps through a reverse proxy, allow it: "
            f"server.allowed_hosts = [*server.allowed_hosts, {host!r}]"
        )


def refuse_host(request: Request) -> HTTPResponse:
    """The handler of requests for other hosts (RFC 9110 section 15.5.20).

    Raises:
        HTTPError: 421, always.

    """
    raise HTTPError(
        421,
        f"This server does not answer for the host {request.host[:_LONGEST]!r}. "
        "Whoever runs it can add the host to server.allowed_hosts.",
    )


def loopback_hosts(*bound: str) -> tuple[str, ...] | None:
    """The hosts for a server that only this machine reaches; None, all, for other servers.

    Args:
        bound: the address it is bound to, then other names of it.

    """
    if not _is_address(bound[0]) or not ip_address(bound[0]).is_loopback:
        return None
    names = (f"[{name}]" if ":" in name else name for name in bound if name)
    return tuple(dict.fromkeys([*LOOPBACK, *names]))


def _without_port(host: str) -> str:
    name, separator, _ = host.rpartition(":")
    return name if separator and not host.endswith("]") else host


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
