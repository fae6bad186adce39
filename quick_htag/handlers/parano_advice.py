"""Tells the developer when pages with ``parano=True`` are opened where browsers cannot encrypt."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..messages.request import Request

_ADVICE: Final = (
    "{0} has parano=True and was opened at http://{1}, where browsers do not encrypt: its page "
    "says so and stays dead. Use https, or localhost; if a proxy has https already, name it in "
    "trusted_proxies"
)
_HOST_SHOWN: Final = 255  # characters


def can_encrypt(request: Request) -> bool:
    """Whether a browser takes the address of the request for a secure context.

    Those are https and this machine itself (W3C Secure Contexts, section 3.1).
    """
    if request.scheme == "https":
        return True
    host = request.host.lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class ParanoAdvice:
    """Says once, for one app, that its pages need https. Any thread.

    Args:
        name: of the app.
        log: is told.

    """

    def __init__(self, name: str, log: Log) -> None:
        self._name = name
        self._log = log
        self._given = False  # two threads at once may say it twice

    def __call__(self, request: Request) -> None:
        if not self._given and not can_encrypt(request):
            self._given = True
            self._log.message(_ADVICE.format(self._name, request.host[:_HOST_SHOWN]))
