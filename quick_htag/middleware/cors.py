"""Which pages of other origins may read the answers (the CORS protocol of the Fetch standard)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigurationError
from ..logs import ERR_SOURCE_REQUEST
from ..messages.cross_site import is_preflight
from ..messages.origins import normalize_origin

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..messages.request import Request
    from ..messages.response import HTTPResponse

OriginCheck = Callable[[str, Any], bool]
"""``(origin, request) -> bool``: whether a page of this origin may read the answer."""

_ALLOW_ORIGIN: Final = "Access-Control-Allow-Origin"
_FIELD_NAMES = re.compile(
    r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*"
)
_LONGEST = 1024  # characters of a list of header names that is echoed
_MAX_AGE = "600"  # seconds a browser remembers the answer to a preflight


class CrossOrigin:
    """Adds the fields that open answers to pages of other origins. Used by any thread.

    Args:
        setting: True: any origin, but never with cookies; origins such as
            "https://example.org:8443": these, with cookies; a callable: those it says True to,
            with cookies. The opaque origin "null" is never given cookies.
        log: told when the callable fails.
        name: of the setting, for errors.

    Attributes:
        setting: as it was given, a list as a tuple.

    Raises:
        ConfigurationError: the setting is none of these.

    """

    def __init__(
        self,
        setting: bool | str | Iterable[str] | OriginCheck,
        log: Log,
        name: str = "cross_origin",
    ) -> None:
        self._log = log
        self._name = name
        self._any = setting is True
        self._check: OriginCheck | None = None
        self._origins: frozenset[str] = frozenset()
        self.setting: Any = setting
        if callable(setting):
            self._check = setting
        elif not isinstance(setting, bool):
            listed = (setting,) if isinstance(setting, str) else _listed(setting, name)
            self._origins = frozenset(_checked(origin, name) for origin in listed)
            self.setting = listed

    def allows(self, request: Request) -> bool:
        """Whether the page that asks is of one of the origins."""
        return self._any or self._allowed_origin(request) is not None

    def mark(self, request: Request, response: HTTPResponse) -> None:
        """Add to an answer what the page that asked must know; a preflight gets all of it.

        An answer that names its origins itself is left as it is.
        """
        if response.header(_ALLOW_ORIGIN) is not None:
            return
        if self._any:
            fields = [(_ALLOW_ORIGIN, "*")]
        else:
            fields = [("Vary", "Origin")]  # also without an origin: caches must keep them apart
            origin = self._allowed_origin(request)
            if origin is None:
                response.headers += fields
                return
            fields += [(_ALLOW_ORIGIN, origin), ("Access-Control-Allow-Credentials", "true")]
        if is_preflight(request):
            fields += _permissions(request, response)
        response.headers += fields

    def _allowed_origin(self, request: Request) -> str | None:
        """The origin as the browser spells it, if it is allowed."""
        sent = request.headers.get_all("origin")
        origin = normalize_origin(sent[0]) if len(sent) == 1 else None
        if origin is None:
            return None
        if self._check is None:
            return sent[0] if origin in self._origins else None
        try:
            return sent[0] if self._check(origin, request) else None
        except Exception as error:  # noqa: BLE001 the callable is the user's; in doubt, no
            self._log.error(ERR_SOURCE_REQUEST, f"{self._name} failed for {origin}", error)
            return None


def _permissions(request: Request, response: HTTPResponse) -> list[tuple[str, str]]:
    """What is allowed: the methods that are answered there, and the fields that were asked for."""
    fields = [("Access-Control-Max-Age", _MAX_AGE)]
    methods = response.header("Allow")
    if methods:
        fields.append(("Access-Control-Allow-Methods", methods))
    names = str(request.headers.get("access-control-request-headers") or "")
    if len(names) <= _LONGEST and _FIELD_NAMES.fullmatch(names) is not None:
        fields.append(("Access-Control-Allow-Headers", names))
    return fields


def _listed(setting: Any, name: str) -> tuple[Any, ...]:
    try:
        return tuple(setting)
    except TypeError as error:
        raise ConfigurationError(
            f"{name} is False, True, a list of origins, or a callable, not {setting!r}"
        ) from error


def _checked(origin: Any, name: str) -> str:
    normal = normalize_origin(origin) if isinstance(origin, str) else None
    if normal is None or "*" in normal:
        raise ConfigurationError(
            f'{name} takes origins such as "https://example.org", not {origin!r}; '
            "True allows any, and a callable whichever it likes"
        )
    return normal
