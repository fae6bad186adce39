"""What of the requests of a server is logged."""

from __future__ import annotations

from typing import Any

from .access_log import AccessLog


class LogMethods:
    """Base of ``QuickServer``; see there for the attributes."""

    report_slow_requests: Any
    _access_log: AccessLog

    @property
    def suppress_noise(self) -> bool:
        """Whether requests that went well, 101, 200 and 304, are left out of the log.

        True is the ``log_level`` "failures", False is "all".
        """
        return self._access_log.level != "all"

    @suppress_noise.setter
    def suppress_noise(self, value: bool) -> None:
        self._access_log.level = "failures" if value else "all"

    @property
    def log_level(self) -> str:
        """Which requests are logged.

        "all"; "failures": not what went well, 101, 200 and 304; "errors": the server's, from 500;
        "none". What the program itself says is always logged.

        Raises:
            ConfigurationError: set to something else.

        """
        return self._access_log.level

    @log_level.setter
    def log_level(self, level: str) -> None:
        self._access_log.level = level
