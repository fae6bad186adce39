"""The runner of htag 1 itself, with its own defaults: ``from quick_htag.runners.htag1 import ...``.

``Runner`` of the package is that of htagweb 1.0 as long as nothing tells that htag 1 is meant.
"""

from __future__ import annotations

from typing import Any

from . import runner
from .values import HTTPResponse

__all__ = ["HTTPResponse", "Runner"]


class Runner(runner.Runner):
    """The runner of htag 1: one's own app in a tab or window, until its last page has left.

    Args:
        tagClass: the app at "/"; None: ``add_route`` gives the pages.
        file: JSON file that keeps the session.
        host: address to listen at.
        port: to listen at, 0 for any free one.
        interface: 1 or True opens a tab, ``(width, height)`` a window; 0, False or None serve for
            ever.
        reload: loading the page again makes a new app, of the changed file.
        debug: tell the page the traceback of errors.
        http_only: no websockets.
        use_first_free_port: try the following ports when ``port`` is in use.
        others: ``opener``, ``browsers``, ``settings`` and ``log`` of ``quick_htag.Runner``.

    Raises:
        AppNotFound: ``tagClass`` is no app of the installed htag.
        ConfigurationError: an option cannot work.

    """

    def __init__(
        self,
        tagClass: Any = None,  # noqa: N803 the published name
        file: str | None = None,
        host: str = runner.LOCAL,
        port: int = runner.PORT,
        interface: Any = 1,
        reload: bool = False,
        debug: bool = False,
        http_only: bool = False,
        use_first_free_port: bool = False,
        **others: Any,
    ) -> None:
        super().__init__(
            tagClass,
            file=file,
            host=host,
            port=port,
            interface=interface,
            reload=reload,
            debug=debug,
            http_only=http_only,
            use_first_free_port=use_first_free_port,
            **others,
        )
