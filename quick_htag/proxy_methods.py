"""The methods about proxied servers that an application and a server have in common."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ssl

    from .interfaces import Log, Target
    from .proxy.draining import Draining
    from .proxy.mount import ProxyMount
    from .settings import Settings

PROXY_METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))


class ProxyService:
    """The proxied servers of one application.

    Args:
        settings: timeouts and limits.
        log: told of failures.

    """

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        # one writer at a time of the three below; the tuple is replaced as a whole
        self._lock = threading.Lock()
        self.debug = False  # see set_debug
        self._mounts: tuple[ProxyMount, ...] = ()
        self._draining: Draining | None = None

    def find(self, raw_path: str) -> ProxyMount | None:
        """What a path is passed on by; None: it is not."""
        for mount in self._mounts:
            if mount.target.matches(raw_path):
                return mount
        return None

    def as_mount(self, target: Target | None) -> ProxyMount | None:
        """``target``, if it is one of these."""
        return next((mount for mount in self._mounts if mount is target), None)

    def bind(
        self,
        name: str,
        url: str,
        *,
        preserve_host: bool,
        connect_timeout: float | None,
        read_timeout: float | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        """Pass on what lies under a name; see ``ProxyMethods.bind_proxy``."""
        from .proxy.mount import ProxyMount
        from .proxy.target import ProxyTarget

        mount = ProxyMount(
            ProxyTarget(name, url),
            self._settings,
            self._log,
            preserve_host=preserve_host,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            tls=tls,
        )
        with self._lock:
            mount.debug = self.debug
            made = (mount, *self._mounts)  # the latest first; the sort keeps that among equals
            self._mounts = tuple(sorted(made, key=lambda one: -len(one.target.parts)))

    def set_debug(self, on: bool) -> None:
        """Log the heads of what is passed on, or stop that."""
        with self._lock:
            self.debug = on
            for mount in self._mounts:
                mount.debug = on

    def drain(self, limit: float) -> None:
        """The server stops: give up other servers that are silent, and all after ``limit`` seconds.

        To be followed by ``close``.
        """
        with self._lock:
            if self._draining is not None or not self._mounts:
                return
            from .proxy.draining import Draining

            links = [mount.links for mount in self._mounts]
            self._draining = Draining(links, self._settings.proxy_stop_silence, limit)
            self._draining.start()

    def close(self) -> None:
        """Close every connection; again is harmless."""
        with self._lock:
            draining = self._draining
        if draining is not None:
            draining.stop()
        for mount in self._mounts:
            mount.links.close()


class ProxyMethods(ABC):
    """Everything about proxied servers. Each may be used at any time, on any thread."""

    @property
    @abstractmethod
    def _relays(self) -> ProxyService:
        """What these methods are about."""

    def bind_proxy(
        self,
        name: str,
        target: str,
        *,
        preserve_host: bool = False,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Pass on what neither a route nor a file answers; see the package ``proxy``.

        ``bind_proxy("/px/", "http://h/base")`` answers ``/px/foo`` with ``http://h/base/foo``. Of
        several names the one with most segments counts, of equal ones the latest.

        Args:
            name: the path it appears under, "/" at both ends.
            target: ``http://host:port/base`` or ``https://...``.
            preserve_host: the target gets the ``Host`` the client sent, and not its own.
            connect_timeout: seconds; None: ``settings.proxy_connect_timeout``.
            read_timeout: seconds without a byte from the target; None:
                ``settings.proxy_read_timeout``.
            tls: for ``https``; None: certificates are verified as the system does it.

        Raises:
            ConfigurationError: name, target or a timeout cannot work.

        """
        self._relays.bind(
            name,
            target,
            preserve_host=preserve_host,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            tls=tls,
        )

    def set_debug_proxy(self, is_debug: bool) -> None:
        """Whether the heads of proxied requests and answers are logged, secrets masked."""
        self._relays.set_debug(bool(is_debug))

    @property
    def debug_proxy(self) -> bool:
        """See ``set_debug_proxy``."""
        return self._relays.debug
