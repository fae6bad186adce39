"""Which proxies are believed, and what a request looks like after that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from ..messages.forwarded import read_forwarded
from ..messages.networks import plain_address

if TYPE_CHECKING:
    from ..messages.request import Request

_LONGEST = 64  # characters of an address, a zone of IPv6 included
_REMEMBERED = 1024  # addresses that have been judged


class TrustedProxies:
    """The proxies in front of the server. Used by any thread; nothing changes after construction.

    Args:
        entries: addresses and networks, "192.0.2.7" or "10.0.0.0/8".

    Raises:
        ConfigurationError: an entry is neither.

    """

    def __init__(self, entries: str | Iterable[str]) -> None:
        given = [entries] if isinstance(entries, str) else entries
        self.entries = tuple(str(entry) for entry in given)
        self._is_trusted = _judge_of(self.entries)

    def believe(self, request: Request) -> None:
        """Put client, scheme and host in order if a trusted proxy has sent the request."""
        if not self._is_trusted(request.client_address[0]):
            return
        found = read_forwarded(request.headers, self._is_trusted)
        if found is None:
            return
        if request.forwarded is not None:  # mounted in a program that is behind the proxy
            found = found._replace(prefix=found.prefix + request.forwarded.prefix)
        request.forwarded = found
        if found.client is not None:
            request.client_address = found.client
        if found.scheme is not None:
            request.scheme = found.scheme


def _judge_of(entries: tuple[str, ...]) -> Callable[[str], bool]:
    """Tells whether an address is in one of the networks; remembers the last ones it was asked."""
    try:
        networks = [ip_network(entry.strip("[]")) for entry in entries]
    except ValueError as error:
        raise ConfigurationError(
            f'trusted_proxies takes addresses and networks, as "127.0.0.1" or "10.0.0.0/8": {error}'
        ) from error

    @lru_cache(maxsize=_REMEMBERED)
    def is_listed(text: str) -> bool:
        try:
            address = ip_address(plain_address(text))
        except ValueError:  # no address: the end of a unix socket, or "unknown"
            return False
        return any(address in network for network in networks)

    # a name that some proxy has made up may be long, and is not to be remembered
    return lambda text: len(text) <= _LONGEST and is_listed(text)
