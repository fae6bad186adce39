"""Bound folders: from the path of a request to an open file inside one of them, or to nothing.

Rules: the longest bound name is tried first, of equal ones the latest; the first binding that has
the file wins. A file is served only if its real path, symbolic links resolved, lies inside the
real folder, no part of it begins with a dot, and the patterns allow it. What is refused looks like
what is missing.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote

from .errors import ConfigurationError

# fmt: off
DEFAULT_WHITE_LIST: Final = (
    "*.css", "*.csv", "*.eot", "*.gif", "*.htm", "*.html", "*.ico", "*.jpeg", "*.jpg", "*.js",
    "*.json", "*.md", "*.otf", "*.pdf", "*.png", "*.svg", "*.tsv", "*.ttf", "*.txt", "*.woff",
    "*.woff2",
)
# fmt: on

_INDEX_FILES: Final = ("index.html", "index.htm")
_OPEN_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a FIFO must not wait for its writer
    | getattr(os, "O_NOFOLLOW", 0)  # the path is resolved: a link there now was put there since
)
_MISSING: Final = frozenset(
    (
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EACCES,
        errno.EPERM,
        errno.ELOOP,
        errno.EMLINK,  # what O_NOFOLLOW gives on some systems
        errno.ENAMETOOLONG,
        errno.ENXIO,  # a socket
        errno.EOPNOTSUPP,
        errno.EINVAL,
        errno.EISDIR,
    )
)
_FOLDER: Final = frozenset((errno.EACCES, errno.EPERM, errno.EISDIR))
_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?", re.I
)


@dataclass(frozen=True)
class FoundFile:
    """An open regular file; whoever gets it closes it.

    Attributes:
        path: its real path.
        file: open for reading.
        stat: of the open file.

    """

    path: str
    file: BinaryIO
    stat: os.stat_result


@dataclass(frozen=True)
class FoundFolder:
    """A folder asked for without its trailing slash.

    Attributes:
        segments: its decoded path.

    """

    segments: tuple[str, ...]


class Binding:
    """A folder that appears under a name.

    Args:
        name: the path it appears under, "/" at both ends.
        folder: a path; relative ones hang from the base path of the application.

    Raises:
        ConfigurationError: the name has not "/" at both ends.

    Attributes:
        body_limit: no request body is taken; with ``cost`` it makes this a ``Target``.
        cost: seconds a recent request took, see ``interfaces.Target``.

    """

    def __init__(self, name: str, folder: str) -> None:
        if not name.startswith("/") or not name.endswith("/"):
            raise ConfigurationError(f"the name {name!r} of a folder must start and end with '/'")
        self.name = name
        self.body_limit = 0
        self.cost = 0.0
        self.parts = tuple(unquote(part) for part in name.split("/") if part)
        self.folder = os.fspath(folder)
        self._resolved: tuple[object, str] = (None, "")  # replaced as a whole, so without a lock

    def root(self, base_path: str) -> str | None:
        """The real path of the folder; None: there is none."""
        folder = os.path.join(base_path, self.folder)
        try:
            found = os.stat(folder)  # noqa: PTH116 a hot path
        except OSError:  # it may appear later
            return None
        key = (folder, found.st_dev, found.st_ino)
        if self._resolved[0] != key:
            self._resolved = (key, os.path.realpath(folder))
        return self._resolved[1]


class Folders:
    """All bound folders of one application, and the patterns of what may be served.

    Everything may be called on any thread while requests run.

    Attributes:
        base_path: where relative folders hang from.

    """

    def __init__(self) -> None:
        self.base_path = str(Path.cwd())
        self._lock = threading.Lock()  # one writer at a time; the tuples are replaced as a whole
        self._bindings: tuple[Binding, ...] = ()
        self._white: tuple[re.Pattern[str], ...] = ()
        self._black: tuple[re.Pattern[str], ...] = ()

    def bind(self, name: str, folder: str) -> Binding:
        """Let a folder appear under ``name``.

        Raises:
            ConfigurationError: the name has not "/" at both ends.

        """
        binding = Binding(name, folder)
        with self._lock:
            ordered = sorted((binding, *self._bindings), key=lambda item: -len(item.parts))
            self._bindings = tuple(ordered)
        return binding

    def add_patterns(self, patterns: Sequence[str], blacklist: bool) -> None:
        """Serve only, or never, files whose path or name matches one of the patterns.

        Args:
            patterns: shell patterns, compared without case; "*" crosses "/".
            blacklist: never serve them; it outweighs the white list.

        Raises:
            ConfigurationError: one string instead of a list of them.

        """
        if isinstance(patterns, str):
            raise ConfigurationError(f"give a list of patterns, such as [{patterns!r}]")
        added = tuple(re.compile(fnmatch.translate(_fold(pattern))) for pattern in patterns)
        with self._lock:
            if blacklist:
                self._black += added
            else:
                self._white += added

    def allows(self, path: str) -> bool:
        """Whether the patterns let the file at ``path`` be served."""
        folded = _fold(path)
        forms = (folded, folded.rpartition("/")[2])
        black, white = self._black, self._white
        if any(pattern.match(form) for pattern in black for form in forms):
            return False
        return not white or any(pattern.match(form) for pattern in white for form in forms)

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
        for binding, root in self._roots(segments):
            found = self._look(root, segments[len(binding.parts) :], is_folder)
            if found is not None:
                return FoundFolder(segments) if isinstance(found, FoundFolder) else found
        return None

    def find_icon(self) -> FoundFile | None:
        """The ``favicon.ico`` of the first binding that has one."""
        for binding in self._bindings:
            root = binding.root(self.base_path)
            if root is None:
                continue
            found = self._open(root, os.path.join(root, "favicon.ico"))
            if isinstance(found, FoundFile):
                return found
        return None

    def _roots(self, segments: tuple[str, ...]) -> Iterator[tuple[Binding, str]]:
        for binding in self._bindings:
            if segments[: len(binding.parts)] == binding.parts:
                root = binding.root(self.base_path)
                if root is not None:
                    yield binding, root

    def _look(
        self, root: str, rest: tuple[str, ...], is_folder: bool
    ) -> FoundFile | FoundFolder | None:
        path = os.path.join(root, *rest)
        found = self._open(root, path)
        if not isinstance(found, FoundFolder) or not is_folder:
            return found
        for name in _INDEX_FILES:
            index = self._open(root, os.path.join(path, name))
            if isinstance(index, FoundFile):
                return index
        return None

    def _open(self, root: str, path: str) -> FoundFile | FoundFolder | None:
        real = os.path.realpath(path)
        if real != path and not _visible(root, real):
            return None
        opened = open_file(real)
        if isinstance(opened, FoundFile) and not (self.allows(path) and self.allows(real)):
            opened.file.close()
            return None
        return opened


def open_file(path: str) -> FoundFile | FoundFolder | None:
    """Open a file and look at what was opened, so that nothing can change in between.

    Only regular files are opened for use; None: there is nothing, or a device or a pipe.

    Raises:
        OSError: the system fails, for example too many files are open.

    """
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        # Windows does not open folders; os.path takes names of any length
        if error.errno in _FOLDER and os.path.isdir(path):  # noqa: PTH112 it never raises
            return FoundFolder(())
        if error.errno in _MISSING:
            return None
        raise
    try:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode):
            return FoundFile(path, os.fdopen(descriptor, "rb"), found)
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return FoundFolder(()) if stat.S_ISDIR(found.st_mode) else None


def path_segments(raw_path: str, windows: bool = os.name == "nt") -> tuple[str, ...] | None:
    """The decoded, non-empty segments of a request path; None: no file may be named like that.

    Args:
        raw_path: the path as sent.
        windows: obey the file names that Windows treats as something else.

    """
    segments = []
    for raw in raw_path.split("/"):
        segment = unquote(raw, errors="surrogateescape") if "%" in raw else raw
        if segment in ("", "."):
            continue
        if segment[0] == "." or not _is_plain(segment, windows):
            return None
        segments.append(segment)
    return tuple(segments)


def _is_plain(segment: str, windows: bool) -> bool:
    if any(character in segment for character in "/\\\0") or _DRIVE.match(segment):
        return False
    if not windows:
        return True
    # a stream of a file, a device, or another spelling of a name that the patterns may refuse
    return ":" not in segment and segment[-1] not in ". " and _RESERVED.fullmatch(segment) is None


def _visible(root: str, real: str) -> bool:
    """Whether a real path lies inside ``root`` without passing a hidden file or folder."""
    try:
        if os.path.commonpath((root, real)) != root:
            return False
    except ValueError:  # on Windows: on different drives
        return False
    inside = os.path.relpath(real, root)
    return inside == os.curdir or not any(part[:1] == "." for part in Path(inside).parts)


def _fold(path: str) -> str:
    return (path.replace(os.sep, "/") if os.sep != "/" else path).casefold()
