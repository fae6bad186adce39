"""The methods that put files of ours where other programs want them; see ``process.mirror``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .later import later
from .script_methods import MARK, worker_script

if TYPE_CHECKING:
    from .logs import MessageLog
    from .process.mirror import Mirrors


class MirrorMethods:
    """What scripts call on the server. Any time, any thread.

    Attributes:
        base_path: the folder that relative paths hang from.

    """

    base_path: str
    log: MessageLog

    @later
    def _mirrors(self) -> Mirrors:
        from .process.mirror import Mirrors

        return Mirrors(self.log)

    def mirror_file(self, path_to: str, path_from: str, from_quick_server: bool = True) -> None:
        """Keep a copy of a file, as a link where the system has links.

        Args:
            path_to: where the copy is, relative to ``base_path``.
            path_from: the file, relative to ``base_path``.
            from_quick_server: ``path_from`` is the name of a script that comes with this package.

        Raises:
            ConfigurationError: it cannot be mirrored, or something else lies at ``path_to``.

        """
        from .assets import asset_path

        source = asset_path(path_from) if from_quick_server else self._based(path_from)
        self._mirrors.add(self._based(path_to), source)

    def mirror_worker_js(self, path: str) -> None:
        """Put the browser's client of worker jobs there, as one ES module, for a front-end build.

        The file of another version of ours is replaced.

        Args:
            path: of the file, relative to ``base_path``.

        Raises:
            ConfigurationError: something else lies there, or it cannot be written.

        """
        self._mirrors.put(self._based(path), worker_script(classic=False), MARK)

    def mirror_legacy_worker_js(self, path: str) -> None:
        """Put the same there as a classic script; see ``mirror_worker_js``."""
        self._mirrors.put(self._based(path), worker_script(classic=True), MARK)

    def _based(self, path: str) -> str:
        return os.path.join(self.base_path, path)
