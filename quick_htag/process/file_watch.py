"""Which source files have changed, found out by looking at them again and again.

A look costs one ``stat`` for each known file and folder: a folder is listed again only when its own
time of change says that entries have come or gone. ``pause`` says how long to wait between looks:
so long that looking takes a twentieth of the time, and not longer than it takes to notice.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ..deadline import Clock, monotonic

EXCLUDED = (
    ".*",
    "__pycache__",
    "node_modules",
    "site-packages",
    "venv",
    "env",
    "build",
    "dist",
    "*.egg-info",
)
"""Names of folders and files that are never looked at."""

MOST_FOLDERS = 5_000  # of one tree: whoever starts a program in the root of a disk waits less
SHARE = 0.05  # of the time may be spent looking
SHORTEST = 0.1  # seconds between two looks ...
LONGEST = 2.0
SETTLED = 0.04  # seconds without another change, since editors and checkouts write several files
SETTLE_LIMIT = 1.0  # ... but after this no more waiting

_FUTURE = float("inf")
_ENVIRONMENT = "pyvenv.cfg"  # what tells a virtual environment, whatever it is called

_State = tuple[int, int, int] | None  # time, size, inode; None: it is not there


def _state(path: str) -> _State:
    try:
        found = os.stat(path)  # noqa: PTH116 thousands of times a second in a large tree
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _absolute(path: str) -> str:
    return str(Path(path).absolute())


class _Folder:
    """A folder and what is watched in it."""

    __slots__ = ("changed", "files", "folders", "suffix")

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix  # of the files that count; empty: all
        self.changed: _State = None
        self.files: set[str] = set()
        self.folders: set[str] = set()


class FileWatch:
    """Looks at the Python files below some folders, and at single files. One thread.

    Args:
        roots: folders; every ``.py`` file below counts.
        more: files, and folders of which every file counts.
        exclude: more names to leave out, with ``*`` and ``?``.
        clock: seconds, monotonic.

    Attributes:
        cut: folders of which the larger part is not watched, because there are too many below.

    """

    def __init__(
        self,
        roots: Iterable[str],
        more: Iterable[str] = (),
        exclude: Sequence[str] = (),
        clock: Clock = monotonic,
    ) -> None:
        self._exclude = (*EXCLUDED, *exclude)
        self._clock = clock
        self._folders: dict[str, _Folder] = {}
        self._files: dict[str, _State] = {}
        self._single: set[str] = set()
        self._cost = 0.0  # seconds of the last look
        self.cut: list[str] = []
        for path in map(_absolute, more):
            if Path(path).is_dir():
                self._add_tree(path, "")
            else:
                self._single.add(path)
        for path in map(_absolute, roots):
            self._add_tree(path, ".py")
        self.changed()

    @property
    def pause(self) -> float:
        """Seconds to wait before the next look."""
        return min(max(self._cost / SHARE, SHORTEST), LONGEST)

    @property
    def files(self) -> list[str]:
        """What is watched."""
        return sorted(path for path, state in self._files.items() if state is not None)

    def add(self, paths: Iterable[str], since: float = _FUTURE) -> None:
        """Watch these files too, from how they are now.

        Args:
            paths: of files; those that are watched already stay as they are.
            since: time of the wall clock in seconds; what was written later has changed already.

        """
        for path in map(_absolute, paths):
            if path not in self._files:
                self._single.add(path)
                state = _state(path)
                late = state is not None and state[0] > since * 1e9
                self._files[path] = None if late else state

    def changed(self) -> list[str]:
        """The files that have changed, come or gone since the last call, sorted."""
        begun = self._clock()
        for path in list(self._folders):
            self._look_into(path)
        wanted = self._single.union(*(folder.files for folder in self._folders.values()))
        before, self._files = self._files, {path: _state(path) for path in wanted}
        self._cost = self._clock() - begun
        names = before.keys() | self._files.keys()
        return sorted(name for name in names if before.get(name) != self._files.get(name))

    # -- folders -----------------------------------------------------------------------------------

    def _add_tree(self, root: str, suffix: str) -> None:
        waiting, count = [root], 0
        while waiting:
            path = waiting.pop(0)  # the upper ones first, should there be too many
            if path in self._folders:
                continue
            count += 1
            if count > MOST_FOLDERS:
                self.cut.append(root)
                return
            self._folders[path] = _Folder(suffix)
            self._list(path)
            waiting += sorted(self._folders[path].folders)

    def _look_into(self, path: str) -> None:
        folder = self._folders.get(path)
        if folder is None:  # gone with the folder it was in
            return
        state = _state(path)
        if state is None:
            self._forget(path)
        elif state != folder.changed:
            before = folder.folders
            self._list(path)
            for gone in before - folder.folders:
                self._forget(gone)
            for new in folder.folders - before:
                if new not in self._folders:
                    self._add_tree(new, folder.suffix)

    def _forget(self, path: str) -> None:
        folder = self._folders.pop(path, None)
        for inner in folder.folders if folder is not None else ():
            self._forget(inner)

    def _list(self, path: str) -> None:
        folder = self._folders[path]
        folder.changed = _state(path)  # before the listing: what comes meanwhile is seen next time
        files, folders = set(), set()
        for entry in self._entries(path):
            if entry.is_dir(follow_symlinks=False):
                if not Path(entry.path, _ENVIRONMENT).exists():
                    folders.add(entry.path)
            elif entry.name.endswith(folder.suffix):
                files.add(entry.path)
        folder.files, folder.folders = files, folders

    def _entries(self, path: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(path) as found:
                entries = list(found)
        except OSError:  # not ours to read, or gone
            return
        for entry in entries:
            if not any(fnmatchcase(entry.name, mask) for mask in self._exclude):
                yield entry
