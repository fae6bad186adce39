"""A server inside of another one: its application for WSGI and ASGI servers."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from .bound_server import BoundServer
from .errors import ConfigurationError
from .later import later, made

if TYPE_CHECKING:
    from .access_log import AccessLog
    from .app import App
    from .logs import MessageLog
    from .settings import Settings
    from .transports.asgi import Asgi
    from .transports.hosted import Hosted
    from .transports.threaded import HttpTransport
    from .transports.unbound import Unbound
    from .transports.wsgi import Wsgi

_COOKIE = "quick_htag_session"  # the port is not known, and hosts like to call theirs "session"


class HostedMethods(BoundServer):
    """Base of ``QuickServer``; see there for the attributes."""

    app: App
    log: MessageLog
    settings: Settings
    _access_log: AccessLog
    _transport: HttpTransport | Unbound
    _unbound = False

    @later
    def _hosted(self) -> Hosted:
        from .transports.hosted import Hosted

        return Hosted(
            self.app,
            self.settings,
            self.log,
            observer=self._access_log,
            server=self,
            watch_body=self.app.watch_upload,
        )

    def _set_up_signals(self) -> None:
        """Hear of the end of the host; see ``process.host_signals``."""
        from .process.host_signals import HostSignals

        self._signals = HostSignals(self._hosted.end_guests)
        self._hosted.called = self._watch_signals

    def _watch_signals(self) -> None:
        """On the first request, when the host has set up its own."""
        if self._signals.watch():
            self._hosted.called = _nothing

    def _stay_unbound(self) -> None:
        """Have no socket: the host has one, and a log of its own."""
        from .transports.unbound import Unbound

        self.socket.close()
        self._unbound = True
        self.server_address, self.server_name, self.server_port = ("", 0), "", 0
        self._own_cookie = _COOKIE
        self._transport = Unbound(self._hosted)
        self._set_up_signals()
        self._access_log.level = "errors"
        self._at_exit = partial(_shut_down, weakref.ref(self))
        atexit.register(self._at_exit)

    def _end_hosting(self, timeout: float) -> bool:
        """Answer no more; whether what was under way has ended within ``timeout`` seconds."""
        if self._unbound:
            atexit.unregister(self._at_exit)
            self._signals.leave()
        hosted: Hosted | None = made(self, "_hosted")
        return hosted is None or hosted.stop(timeout)

    @cached_property
    def wsgi(self) -> Wsgi:
        """The application for WSGI servers: gunicorn, waitress, mod_wsgi. See ``docs/hosts.rst``.

        Pages of htag apps connect by events and polls; each keeps a thread of the host.
        """
        from .transports.wsgi import Wsgi

        self._hosted.called()  # where hosts load it on the main thread, and call it on others
        return Wsgi(self._hosted)

    @cached_property
    def asgi(self) -> Asgi:
        """The application for ASGI servers: uvicorn, hypercorn. See ``docs/hosts.rst``.

        It may also be mounted in another one, as by ``mount`` of Starlette and FastAPI.
        """
        from .transports.asgi import Asgi

        return Asgi(self._hosted, self.shutdown)

    @property
    def url(self) -> str:
        """The address for a browser on this machine, with a slash at its end.

        Raises:
            ConfigurationError: it has none of its own.

        """
        if self._unbound:
            from .transports.unbound import NO_ADDRESS

            raise ConfigurationError(NO_ADDRESS)
        return super().url


def _nothing() -> None:
    """There is nothing to do."""


def _shut_down(server: Callable[[], HostedMethods | None]) -> None:
    """Hosts end without a word to WSGI applications."""
    found = server()
    if found is not None:
        found.shutdown()
