"""Bound folders: from the path of a request to an open file inside one of them, or to nothing.

Rules: the longest bound name is tried first, of equal ones the latest, fallbacks after all others;
the first binding that has the file wins. What is refused, because it lies outside, is hidden or is
on a list, looks like what is missing; a listing leaves it out.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Final
from urllib.parse import unquote

from .contained import (
    FoundFile,
    FoundFolder,
    is_inside,
    is_plain_name,
    open_file,
    open_inside,
    path_segments,
)
from .errors import ConfigurationError
from .file_patterns import FilePatterns
from .record import record

_INDEX_FILES: Final = ("index.html", "index.htm")
_WINDOWS: Final = os.name == "nt"
_MAX_LISTED: Final = 10_000  # entries of a folder that are looked at for one listing


class Binding:
    """A folder that appears under a name.

    Args:
        name: the path it appears under, "/" at both ends.
        folder: a path; relative ones hang from the base path of the application.
        fallback: tried after all others.

    Raises:
        ConfigurationError: the name has not "/" at both ends.

    Attributes:
        body_limit: no request body is taken; with ``cost`` it makes this a ``Target``.
        cost: seconds a recent request took, see ``interfaces.Target``.

    """

    def __init__(self, name: str, folder: str, fallback: bool = False) -> None:
        if not name.startswith("/") or not name.endswith("/"):
            raise ConfigurationError(f"the name {name!r} of a folder must start and end with '/'")
        self.name = name
        self.fallback = fallback
        self.body_limit = 0
        self.cost = 0.0
        self.parts = tuple(unquote(part) for part in name.split("/") if part)
        self.folder = os.fspath(folder)
        self._resolved: tuple[object, str] = (None, "")  # replaced as a whole, so without a lock
        self._joined: tuple[str | None, str] = (None, "")  # likewise: a base path, and with this

    def root(self, base_path: str) -> str | None:
        """The real path of the folder; None: there is none."""
        base, folder = self._joined
        if base != base_path:
            folder = os.path.join(base_path, self.folder)
            self._joined = (base_path, folder)
        try:
            found = os.stat(folder)  # noqa: PTH116 a hot path
        except OSError:  # it may appear later
            return None
        key = (folder, found.st_dev, found.st_ino)
        if self._resolved[0] != key:
            self._resolved = (key, os.path.realpath(folder))
        return self._resolved[1]


@record(frozen=True)
class Entry:
    """A line of a listing.

    Attributes:
        name: as on disk.
        is_folder: it is a folder.
        size: in bytes; 0 for a folder.
        changed: when, in seconds since the epoch.

    """

    name: str
    is_folder: bool
    size: int
    changed: float


class Folders:
    """All bound folders of one application, and what of them is served.

    Everything may be called on any thread while requests run.

    Attributes:
        base_path: where relative folders hang from.
        follow_symlinks: serve what a symbolic link in a folder points to, wherever that is.
        patterns: the white and the black list.

    """

    def __init__(self) -> None:
        self.base_path = os.getcwd()  # noqa: PTH109 pathlib is not loaded for one call
        self.follow_symlinks = False
        self.patterns = FilePatterns()
        self._lock = threading.Lock()  # one writer at a time; the tuple is replaced as a whole
        self._bindings: tuple[Binding, ...] = ()

    def bind(self, name: str, folder: str, fallback: bool = False) -> Binding:
        """Let a folder appear under ``name``; a ``fallback`` is tried after all others.

        Raises:
            ConfigurationError: the name has not "/" at both ends.

        """
        binding = Binding(name, folder, fallback)
        with self._lock:
            # the latest first, fallbacks in the order they came; the sort keeps that among equals
            made = (*self._bindings, binding) if fallback else (binding, *self._bindings)
            self._bindings = tuple(sorted(made, key=lambda item: (item.fallback, -len(item.parts))))
        return binding

    def first_binding(self, raw_path: str) -> Binding | None:
        """The binding tried first for a path; a quick look at the undecoded path only."""
        for binding in self._bindings:
            if raw_path.startswith(binding.name):
                return binding
        return None

    def find(self, raw_path: str) -> FoundFile | FoundFolder | None:
        """What a request path names; None: nothing that is served."""
        segments = path_segments(raw_path)
        if segments is None:
            return None
        is_folder = raw_path.endswith("/")
        folder = None
        for binding, root in self._roots(segments):
            found = self._look(root, segments[len(binding.parts) :], is_folder)
            if isinstance(found, FoundFile):
                return found
            if found is not None:
                folder = FoundFolder(segments, complete=is_folder)
                if not is_folder:
                    break
        return folder

    def find_icon(self) -> FoundFile | None:
        """The ``favicon.ico`` of the first binding that has one."""
        for binding in self._bindings:
            root = binding.root(self.base_path)
            found = None if root is None else self._open(root, ("favicon.ico",))
            if isinstance(found, FoundFile):
                return found
        return None

    def find_named(self, path: str) -> FoundFile | None:
        """The file at a path that the program named, relative to ``base_path``.

        It may lie outside of every folder, and links are followed; the lists are not asked.
        """
        found = open_file(os.path.realpath(os.path.join(self.base_path, path)))
        return found if isinstance(found, FoundFile) else None

    def find_compressed(self, found: FoundFile) -> FoundFile | None:
        """The gzip form of a file that lies beside it, unless it is older or on the black list."""
        path = found.path + ".gz"
        if self.patterns.refuses(path):
            return None
        beside = open_file(path)
        if isinstance(beside, FoundFile):
            if _is_current(beside.stat, found.stat):
                return beside
            beside.close()
        return None

    def entries(self, folder: FoundFolder) -> list[Entry]:
        """What of a folder would be served, of all bindings that have it; in no order."""
        segments = folder.segments
        listed: dict[str, Entry] = {}
        for binding in self._bindings:
            parts = binding.parts
            if len(parts) > len(segments) and parts[: len(segments)] == segments:
                root = binding.root(self.base_path)
                if root is not None:  # another binding appears as a folder of this one
                    name = parts[len(segments)]
                    changed = os.stat(root).st_mtime  # noqa: PTH116 a path from os.path
                    listed.setdefault(name, Entry(name, True, 0, changed))
        for binding, root in self._roots(segments):
            for entry in self._scan(root, segments[len(binding.parts) :]):
                listed.setdefault(entry.name, entry)
        return list(listed.values())

    def depth(self, folder: FoundFolder) -> int:
        """The number of segments of the shortest bound name that a folder lies under."""
        return min((len(binding.parts) for binding, _ in self._roots(folder.segments)), default=0)

    def _roots(self, segments: tuple[str, ...]) -> Iterator[tuple[Binding, str]]:
        for binding in self._bindings:
            if segments[: len(binding.parts)] == binding.parts:
                root = binding.root(self.base_path)
                if root is not None:
                    yield binding, root

    def _look(
        self, root: str, rest: tuple[str, ...], is_folder: bool
    ) -> FoundFile | FoundFolder | None:
        found = self._open(root, rest)
        if not isinstance(found, FoundFolder) or not is_folder:
            return found
        for name in _INDEX_FILES:
            index = self._open(root, (*rest, name))
            if isinstance(index, FoundFile):
                return index
        return found

    def _open(self, root: str, parts: tuple[str, ...]) -> FoundFile | FoundFolder | None:
        opened = open_inside(root, parts, follow_links=self.follow_symlinks)
        if opened is None:
            return None
        found, path = opened
        if isinstance(found, FoundFile) and not self._allows(path, found.path):
            found.close()
            return None
        return found

    def _allows(self, path: str, real: str) -> bool:
        allows = self.patterns.allows
        return allows(path) and (real == path or allows(real))

    def _scan(self, root: str, rest: tuple[str, ...]) -> Iterator[Entry]:
        path = os.path.join(root, *rest)
        if not self.follow_symlinks and not is_inside(root, os.path.realpath(path)):
            return
        try:
            with os.scandir(path) as scan:
                for item in islice(scan, _MAX_LISTED):
                    entry = self._entry(root, item)
                    if entry is not None:
                        yield entry
        except OSError:  # not in this binding, or no permission to read it
            return

    def _entry(self, root: str, item: os.DirEntry[str]) -> Entry | None:
        if not is_plain_name(item.name):
            return None
        try:
            real = item.path
            if _WINDOWS or item.is_symlink():  # there a junction is a link that is not called so
                real = os.path.realpath(item.path)
                if not self.follow_symlinks and not is_inside(root, real):
                    return None
            found = item.stat()
        except OSError:  # gone meanwhile, or a link to nothing
            return None
        if stat.S_ISDIR(found.st_mode):
            return Entry(item.name, True, 0, found.st_mtime)
        if not stat.S_ISREG(found.st_mode) or not self._allows(item.path, real):
            return None
        return Entry(item.name, False, found.st_size, found.st_mtime)


def _is_current(compressed: os.stat_result, plain: os.stat_result) -> bool:
    """Whether a compressed file is as new as the plain one; some tools keep whole seconds only."""
    if compressed.st_mtime_ns >= plain.st_mtime_ns:
        return True
    whole = compressed.st_mtime_ns % 1_000_000_000 == 0
    return whole and int(compressed.st_mtime) == int(plain.st_mtime)
