"""What may be changed about an application at any time: attributes that its server has, too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError
from .health import HealthCheck
from .later import later, made
from .messages.conditional import CacheControl
from .messages.form_limits import FormLimits
from .messages.standing_fields import SECURE, StandingFields
from .record import replace
from .routing import Route, Router

if TYPE_CHECKING:
    from .file_service import FileService
    from .interfaces import Log
    from .messages.request import Request
    from .messages.response import HTTPResponse
    from .middleware.error_pages import ErrorPages
    from .middleware.slow import SlowRequests
    from .settings import Settings


class AppSettings(ABC):
    """Base of ``App``; every attribute may be set on any thread.

    Args:
        settings: limits of forms.

    Attributes:
        log: gets errors and reports of slow requests.

    """

    log: Log

    def __init__(self, settings: Settings) -> None:
        self._cache = CacheControl()
        self._debug = False
        self._watches_slow = False
        self._slow_setting: Any = False
        self._router = Router()
        self._health = HealthCheck()
        self._form_limits = FormLimits.of(settings)  # replaced as a whole
        self._forms: list[Route] = []  # endpoints, which may get forms; only ever grows
        self._compress: Callable[[Request, HTTPResponse], object] | None = None  # None: off
        self._standing = SECURE  # replaced as a whole
        self._results: Any = None

    @later
    def _errors(self) -> ErrorPages:
        from .middleware.error_pages import ErrorPages

        pages = ErrorPages(self.log)
        pages.debug = self._debug
        return pages

    @later
    def _slow(self) -> SlowRequests:
        from .middleware.slow import SlowRequests

        return SlowRequests(self.log)

    @property
    @abstractmethod
    def _files(self) -> FileService:
        """What serves files."""

    @property
    def gzip(self) -> bool:
        """Whether clients that take gzip get it; see ``middleware.gzip`` for which answers.

        Of a file, the compressed form that lies beside it is sent: ``name.gz``, not older. Off by
        default: over TLS, the size of a page that holds a secret and something an attacker chose
        can tell the secret.
        """
        return self._compress is not None

    @gzip.setter
    def gzip(self, value: bool) -> None:
        from .middleware.gzip import compress

        self._files.static.precompressed = bool(value)
        self._compress = compress if value else None

    @property
    def cache(self) -> Any:
        """What jobs and endpoints keep results in, see ``caching.Cache``; None: nothing."""
        return self._results

    @cache.setter
    def cache(self, cache: Any) -> None:
        self._results = cache

    @property
    def max_age(self) -> int:
        """Seconds for ``Cache-Control: max-age``."""
        return self._cache.max_age

    @max_age.setter
    def max_age(self, seconds: int) -> None:
        self._cache.max_age = seconds

    @property
    def form_limits(self) -> FormLimits:
        """What is too much in a form."""
        return self._form_limits

    @property
    def max_file_size(self) -> int:
        """Largest uploaded file in bytes; larger ones are answered 413.

        More than ``settings.max_body_size`` lets forms be larger than that, other bodies not.

        Raises:
            ConfigurationError: set to something else than a whole number from 0.

        """
        return self._form_limits.file

    @max_file_size.setter
    def max_file_size(self, size: int) -> None:
        if not isinstance(size, int) or size < 0:
            raise ConfigurationError(f"max_file_size is in whole bytes from 0, not {size!r}")
        self._form_limits = replace(self._form_limits, file=size)
        for route in self._forms:
            route.body_limit = max(route.body_limit, self._form_limits.room)

    @property
    def report_slow_requests(self) -> Any:
        """False, True (after 5 seconds), seconds, a callable, or ``(seconds, callable)``."""
        return self._slow_setting

    @report_slow_requests.setter
    def report_slow_requests(self, setting: Any) -> None:
        if setting or self._watches_slow:
            self._slow.configure(setting)
            self._watches_slow = self._slow.enabled
        self._slow_setting = setting

    def _end_slow_reports(self) -> None:
        """The application is closed."""
        slow: SlowRequests | None = made(self, "_slow")
        if slow is not None:
            slow.close()

    @property
    def health(self) -> str | None:
        """A path that answers 200, or 503 when the server stops, for probes; None: there is none.

        It is answered under any host name, before any middleware, and is left out of the log.
        """
        return self._health.path

    @health.setter
    def health(self, path: str | None) -> None:
        if path is None:
            self._health.path = None
        elif path != self._health.path:
            self._router.add(self._health.route(path))

    @property
    def standing_fields(self) -> StandingFields:
        """The same for transports, which add them."""
        return self._standing

    @property
    def security_headers(self) -> Mapping[str, str]:
        """Fields of every answer that has none of the same name; proxied ones are left alone.

        ``server.security_headers = {**server.security_headers, "Strict-Transport-Security":
        "max-age=31536000"}`` adds one, None as a value takes one away, ``{}`` all; within a second.

        Raises:
            ConfigurationError: set to something that cannot be sent with every answer.

        """
        return self._standing

    @security_headers.setter
    def security_headers(self, fields: Mapping[str, str | None]) -> None:
        self._standing = StandingFields(fields)

    @property
    def debug(self) -> bool:
        """Whether error pages tell the traceback. Never on a server that strangers reach."""
        return self._debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self._debug = value
        pages: ErrorPages | None = made(self, "_errors")
        if pages is not None:
            pages.debug = value
