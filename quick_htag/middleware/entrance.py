"""What is set about who may come in and under which name; the application asks it first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import HTTPError
from ..messages.cross_site import from_other_site
from .hosts import AllowedHosts

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..messages.request import Request
    from .cors import CrossOrigin, OriginCheck
    from .cors_paths import CrossOriginPaths
    from .forwarded import TrustedProxies

_OTHER_SITE = (
    "Pages of other sites may not send this. Whoever runs the server can let them in by "
    "server.cross_origin, or all of them by server.refuse_cross_site = False."
)


class Entrance:
    """The settings, assignable at any time; what is off is None and costs nothing.

    Args:
        log: told of refused hosts.

    """

    def __init__(self, log: Log) -> None:
        self._entrance_log = log
        self._proxies: TrustedProxies | None = None
        self._hosts: AllowedHosts | None = None
        self._cross_origin: CrossOrigin | CrossOriginPaths | None = None
        self._refuse_cross_site = True

    @property
    def refuse_cross_site(self) -> bool:
        """Whether endpoints and jobs refuse POST, PUT and DELETE of pages of other sites, by 403.

        Any page a visitor looks at could otherwise do so in his name, or on his own machine. Those
        that ``cross_origin`` lets in may.
        """
        return self._refuse_cross_site

    @refuse_cross_site.setter
    def refuse_cross_site(self, value: bool) -> None:
        self._refuse_cross_site = bool(value)

    def check_site(self, request: Request) -> None:
        """Go on with requests that no page of another site has sent.

        Raises:
            HTTPError: 403, one has.

        """
        if not self._refuse_cross_site or not from_other_site(request):
            return
        if self._cross_origin is None or not self._cross_origin.allows(request):
            raise HTTPError(403, _OTHER_SITE)

    @property
    def cross_origin(self) -> Any:
        """Who of other origins may read answers: False, True, a list of origins, or a callable.

        True is any origin, and then never with cookies. Listed origins, and those a callable
        ``(origin, request) -> bool`` agrees to, may send cookies. See ``middleware.cors``. Or one
        of these for each path: ``{"/api/": ["https://example.org"], "/public/": True}``.
        """
        return False if self._cross_origin is None else self._cross_origin.setting

    @cross_origin.setter
    def cross_origin(
        self, setting: bool | str | Iterable[str] | OriginCheck | Mapping[str, Any] | None
    ) -> None:
        if setting is None or setting is False:
            self._cross_origin = None
        elif isinstance(setting, Mapping):
            from .cors_paths import CrossOriginPaths

            self._cross_origin = CrossOriginPaths(setting, self._entrance_log)
        else:
            from .cors import CrossOrigin

            self._cross_origin = CrossOrigin(setting, self._entrance_log)

    @property
    def allowed_hosts(self) -> tuple[str, ...] | None:
        """The hosts that requests may be for; others are answered 421. None: all.

        ``["example.org", "*.example.org", "example.org:8080", "192.168.0.0/16"]``; a name without
        a port is allowed with any. See ``middleware.hosts``.
        """
        return None if self._hosts is None else self._hosts.entries

    @allowed_hosts.setter
    def allowed_hosts(self, entries: str | Iterable[str] | None) -> None:
        self._hosts = None if entries is None else AllowedHosts(entries, self._entrance_log)

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """Addresses and networks of the proxies whose ``Forwarded`` and ``X-Forwarded-*`` count.

        None of it is believed from anybody else. See ``messages.forwarded``.
        """
        return () if self._proxies is None else self._proxies.entries

    @trusted_proxies.setter
    def trusted_proxies(self, entries: str | Iterable[str] | None) -> None:
        self._proxies = None
        if entries:
            from .forwarded import TrustedProxies

            self._proxies = TrustedProxies(entries)
