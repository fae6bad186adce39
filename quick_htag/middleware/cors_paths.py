"""Origins that differ from path to path; see ``cors``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ..errors import ConfigurationError
from .cors import CrossOrigin

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..messages.request import Request
    from ..messages.response import HTTPResponse


class CrossOriginPaths:
    """As ``CrossOrigin``, with a setting for each path. Used by any thread.

    Args:
        settings: path to setting, for it and what lies below it; the path with most segments
            counts. False, and a path that is under none, is for no other origin.
        log: told when a callable fails.

    Attributes:
        setting: a copy of ``settings``.

    Raises:
        ConfigurationError: a path does not begin with "/", or a setting is none.

    """

    def __init__(self, settings: Mapping[str, Any], log: Log) -> None:
        self.setting = dict(settings)
        found: list[tuple[tuple[str, ...], CrossOrigin]] = []
        for path, setting in self.setting.items():
            if not isinstance(path, str) or not path.startswith("/"):
                raise ConfigurationError(
                    f'cross_origin takes paths such as "/api/" with their settings, not {path!r}'
                )
            given = () if setting is None or setting is False else setting
            one = CrossOrigin(given, log, f"cross_origin[{path!r}]")
            found.append((_segments(path), one))
        self._paths = tuple(sorted(found, key=lambda one: -len(one[0])))

    def allows(self, request: Request) -> bool:
        """Whether the page that asks is of one of the origins of this path."""
        one = self._of(request)
        return one is not None and one.allows(request)

    def mark(self, request: Request, response: HTTPResponse) -> None:
        """Add to an answer what the page that asked must know."""
        one = self._of(request)
        if one is not None:
            one.mark(request, response)

    def _of(self, request: Request) -> CrossOrigin | None:
        """What holds for the path of a request; None: nothing."""
        segments = _segments(request.raw_path)  # as routes and files see them
        return next((one for parts, one in self._paths if segments[: len(parts)] == parts), None)


def _segments(path: str) -> tuple[str, ...]:
    decoded = (unquote(segment) for segment in path.split("/"))
    return tuple(segment for segment in decoded if segment not in ("", "."))
