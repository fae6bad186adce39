"""Runners with a window: the program lasts as long as its pages."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .base import HtagRunner
from .desktop import LastPage
from .window import AppWindow, Command, open_tab

LAST_PORT = 65535
# Windows says that a port of another program must not be taken
_IN_USE = {errno.EADDRINUSE, *([errno.EACCES] if sys.platform == "win32" else [])}

Opener = Callable[[str], object]
"""Shows an address; may give something with a ``close`` for the end of the program."""


class DesktopRunner(HtagRunner):
    """Base of the runners with a window.

    Attributes:
        opener: shows the address in place of a browser, for tests and for windows of other kinds.
        browsers: commands of the browsers to try for a window, each a list; None: those found.

    """

    opener: Opener | None = None
    browsers: Sequence[Command] | None = None

    def _end_with_the_app(self) -> None:
        """Have ``exit()`` of an app end the program and not only the app."""
        self.options["on_exit"] = self._finish

    def _serve_window(self, size: tuple[int, int] | None, *, tab: bool, ends: bool) -> None:
        """Serve with a window until told to stop.

        Args:
            size: width and height of the window in pixels; None: as the browser likes.
            tab: open a tab of the usual browser instead.
            ends: whether the program ends with the last page.

        """
        with self._watched(ends) as last:
            shown: list[Any] = []

            def show(url: str) -> None:
                shown.append(self._open_page(url, size, tab, last))

            try:
                self._serve(show)
            finally:
                close = getattr(shown[0], "close", None) if shown else None
                if close is not None:
                    close()

    def _serve_unseen(self, *, ends: bool) -> None:
        """Serve until told to stop; ``ends``: or until the last page has left."""
        with self._watched(ends):
            self._serve()

    @contextmanager
    def _watched(self, ends: bool) -> Iterator[LastPage | None]:
        if not ends:
            yield None
            return
        server = self.server
        last = LastPage(server.guis, server.settings.desktop_grace, self._finish)
        try:
            yield last
        finally:
            last.close()

    def _open_page(
        self, url: str, size: tuple[int, int] | None, tab: bool, last: LastPage | None
    ) -> object:
        if self.opener is not None:
            return self.opener(url)
        log = self.server.log
        if tab:
            return open_tab(url, log)
        if last is None:
            return AppWindow(url, size, log, _nothing, self.browsers)
        return AppWindow(url, size, log, last.window_closed, self.browsers, last.page_came)

    def _take_a_following_port(self) -> None:
        """Make the server, on the first port from the wanted one that is free."""
        while True:
            try:
                self.server  # noqa: B018 it is made here
            except OSError as error:
                if error.errno not in _IN_USE or self.port >= LAST_PORT:
                    raise
                self.port += 1
            else:
                return

    def _take_a_free_port(self) -> None:
        """Make the server, on any free port when the wanted one is in use."""
        try:
            self.server  # noqa: B018 it is made here
        except OSError as error:
            if error.errno not in _IN_USE:
                raise
            self.port = 0
            self.server.log.message("the port is in use by another program, takes a free one")


def _nothing() -> None:
    """The program goes on."""
