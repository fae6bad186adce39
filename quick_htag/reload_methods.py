"""Reading again what a running server has read from files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from .errors import ConfigurationError
from .logs import ERR_SOURCE_GENERAL_QS, MessageLog

if TYPE_CHECKING:
    from .transports.certificates import Certificates

Reloader = Callable[[], "str | None"]
F = TypeVar("F", bound=Reloader)


class ReloadMethods:
    """Base of ``QuickServer``."""

    log: MessageLog
    _certificates: Certificates | None

    def _set_up_reload(self) -> None:
        self._reloaders: tuple[Reloader, ...] = ()  # replaced as a whole

    def on_reload(self, function: F) -> F:
        """Call ``function()`` in each ``reload``; may decorate.

        It reads again what the program keeps of files, settings or templates say, and may return a
        text that says what it did. It runs on the thread that reloads.
        """
        self._reloaders = (*self._reloaders, function)
        return function

    def reload(self) -> list[str]:
        """Read again what can be: the certificate, and what ``on_reload`` functions keep.

        Files in bound folders need none of this, they are read for each request; nor do apps with
        ``recreate_on_change``. Routes and the code of the program stay, see ``restart``.

        Returns:
            a line for each thing, also for one that failed, which is left as it was.

        """
        return [self._reload_certificate(), *map(self._call_reloader, self._reloaders)]

    def _reload_certificate(self) -> str:
        if self._certificates is None:
            return "certificate: there is none, this is plain HTTP"
        try:
            renewed = self._certificates.reload()
        except ConfigurationError as error:
            return f"certificate: not read again, {error}"
        return "certificate: read again" if renewed else "certificate: the old one stays, see above"

    def _call_reloader(self, function: Reloader) -> str:
        name = getattr(function, "__name__", None) or repr(function)
        try:
            said = function()
        except Exception as error:  # noqa: BLE001 the user's own code
            self.log.error(ERR_SOURCE_GENERAL_QS, f"on_reload: {name} failed", error)
            return f"{name}: failed, see above"
        return f"{name}: {said}" if said else f"{name}: done"
