"""The methods and attributes about files that an application and a server have in common."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from .errors import ConfigurationError

if TYPE_CHECKING:
    from .file_service import FileService
    from .handlers.static import FallbackHook

EMPTY_ICON: Final = os.path.join(os.path.dirname(__file__), "data", "favicon.ico")


class FileMethods(ABC):
    """Everything about files. Each may be used at any time, on any thread."""

    @property
    @abstractmethod
    def _files(self) -> FileService:
        """What these methods are about."""

    # -- attributes --------------------------------------------------------------------------------

    @property
    def base_path(self) -> str:
        """The folder that relative paths of ``bind_path`` hang from."""
        return self._files.folders.base_path

    @base_path.setter
    def base_path(self, path: str) -> None:
        from pathlib import Path

        self._files.folders.base_path = str(Path(path).absolute())

    @property
    def directory_listing(self) -> bool:
        """Whether a folder without an index file is listed; else it is 404.

        A listing shows what would be served and nothing else. It can be sorted by ``?sort=name``,
        ``size`` or ``date`` with ``&order=desc``, and is JSON for ``Accept: application/json``.
        """
        return self._files.static.directory_listing

    @directory_listing.setter
    def directory_listing(self, value: bool) -> None:
        self._files.static.directory_listing = value

    @property
    def follow_symlinks(self) -> bool:
        """Whether symbolic links that lead out of their folder are followed. False: they are 404.

        True serves whatever a link points to; whoever can create links in a bound folder can then
        publish every file that the server can read.
        """
        return self._files.folders.follow_symlinks

    @follow_symlinks.setter
    def follow_symlinks(self, value: bool) -> None:
        self._files.folders.follow_symlinks = value

    @property
    def favicon_everywhere(self) -> bool:
        """Whether any path that ends in ``favicon.ico`` finds the icon."""
        return self._files.static.favicon_everywhere

    @favicon_everywhere.setter
    def favicon_everywhere(self, value: bool) -> None:
        self._files.static.favicon_everywhere = value

    @property
    def favicon_fallback(self) -> str | None:
        """Path of the icon of last resort, relative to ``base_path``; None: there is none."""
        return self._files.static.favicon_fallback

    @favicon_fallback.setter
    def favicon_fallback(self, path: str | None) -> None:
        self._files.static.favicon_fallback = path

    # -- methods -----------------------------------------------------------------------------------

    def bind_path(self, name: str, folder: str) -> None:
        """Serve the files of a folder under a name.

        The longest name is tried first, of equal names the latest; the first folder that has the
        file wins.

        Args:
            name: the path it appears under, "/" at both ends.
            folder: a path, relative to ``base_path``.

        Raises:
            ConfigurationError: the name has not "/" at both ends.

        """
        self._files.folders.bind(name, folder)

    def bind_path_fallback(self, name: str, folder: str) -> None:
        """As ``bind_path``, but tried only after all folders bound with that; see there."""
        self._files.folders.bind(name, folder, fallback=True)

    def add_file_patterns(self, patterns: Sequence[str], blacklist: bool) -> None:
        """Serve only (``blacklist=False``) or never (True) files that match one of the patterns.

        They are shell patterns, compared without case with the absolute path and with the name of
        a file. The black list outweighs the white list; without a white list all are served.
        """
        self._files.folders.patterns.add(patterns, blacklist)

    def add_default_white_list(self) -> None:
        """Serve only files of the types that web pages are usually made of."""
        from .file_patterns import DEFAULT_WHITE_LIST

        self._files.folders.patterns.add(DEFAULT_WHITE_LIST, blacklist=False)

    def link_empty_favicon_fallback(self) -> None:
        """Give browsers a small icon where no folder has one."""
        self.favicon_fallback = EMPTY_ICON

    def set_file_fallback_hook(self, fun: FallbackHook | None) -> None:
        """Let a function name the file to send where there is none, for single-page apps.

        It is asked last, for GET and HEAD: after files, routes and proxies. It gets the decoded
        path, without "..", and hidden names never reach it. The file it returns is relative to
        ``base_path`` and sent with status 200, unless the white or black list refuses it; for None
        the answer is 404.

        Args:
            fun: called on the thread of the request; None: no such function any more.

        """
        self._files.static.fallback_hook = fun

    def add_special_file(
        self, mask: str, path: str, from_quick_server: bool, ctype: str | None = None
    ) -> None:
        """Serve one file at a path of its own, wherever it lies, as it is at each request.

        Folders, the white and the black list have no say in it.

        Args:
            mask: where it appears, see ``routing``.
            path: of the file, relative to ``base_path``.
            from_quick_server: the name of a script that comes with this package instead.
            ctype: its content type; None: by its name.

        Raises:
            ConfigurationError: the package has no such file, or the mask cannot work.

        """
        from .assets import asset_path

        found = asset_path(path) if from_quick_server else path
        self._files.add_target("GET", mask, 0, self._files.static.serve(found, ctype))

    def set_common_invalid_paths(self, paths: Iterable[str]) -> None:
        """Do not log that these paths are missing; for what scanners and browsers ask for anyway.

        Raises:
            ConfigurationError: one string instead of several.

        """
        if isinstance(paths, str):
            raise ConfigurationError(f"give a list of paths, such as [{paths!r}]")
        self._files.common_invalid_paths = frozenset(os.fspath(path) for path in paths)

    @property
    def common_invalid_paths(self) -> frozenset[str]:
        """See ``set_common_invalid_paths``."""
        return self._files.common_invalid_paths
