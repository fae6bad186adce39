"""Opens regular files inside a folder, and nothing else: the only way to a file of a client.

A file is inside when its real path, symbolic links resolved, lies in the real folder and no part
of the way from there begins with a dot. A path without a link on its way is its own real path, so
links are looked for first, and only a path that has one is resolved.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import BinaryIO, Final
from urllib.parse import unquote

from .record import record

_READ_AT: Final = getattr(os, "pread", None)
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_OPEN_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a FIFO must not wait for its writer
    | _NO_FOLLOW  # the path is resolved: a link there now was put there since
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
_LINK: Final = frozenset((errno.ELOOP, errno.EMLINK))
_FOLDER: Final = frozenset((errno.EACCES, errno.EPERM, errno.EISDIR))
_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?", re.I
)


class FoundFile:
    """An open regular file; whoever gets it closes it. Used by one thread at a time.

    Most files are small, and read at once from the descriptor: a file object on top of it takes as
    long as opening the file itself, with three system calls more.

    Args:
        path: its real path.
        descriptor: of the open file.
        found: what ``os.fstat`` has told of it.

    Attributes:
        path: its real path.
        stat: of the open file.

    """

    __slots__ = ("_descriptor", "_file", "path", "stat")

    def __init__(self, path: str, descriptor: int, found: os.stat_result) -> None:
        self.path = path
        self.stat = found
        self._descriptor: int | None = descriptor  # None: the file has it, or it is closed
        self._file: BinaryIO | None = None

    @property
    def file(self) -> BinaryIO:
        """Open for reading; it is closed with this.

        Raises:
            ValueError: this is closed.

        """
        if self._file is None:
            if self._descriptor is None:
                raise ValueError("the file is closed")
            self._file = os.fdopen(self._descriptor, "rb")
            self._descriptor = None
        return self._file

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from an offset; fewer: the file has no more.

        Raises:
            OSError: the system cannot read it.
            ValueError: this is closed.

        """
        if self._descriptor is None or _READ_AT is None:
            self.file.seek(offset)
            return self.file.read(length)
        data: bytes = _READ_AT(self._descriptor, length, offset)
        while len(data) < length:  # some file systems give less at a time
            more = _READ_AT(self._descriptor, length - len(data), offset + len(data))
            if not more:
                break
            data += more
        return data

    def take(self) -> BinaryIO:
        """The open file, which whoever takes it closes; this is closed then."""
        file, self._file = self.file, None
        return file

    def close(self) -> None:
        """Close the file, if it was not taken; again is harmless."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
        if self._file is not None:
            self._file.close()


@record(frozen=True)
class FoundFolder:
    """A folder.

    Attributes:
        segments: its decoded path.
        complete: it was asked for with its trailing slash, and has no index file.

    """

    segments: tuple[str, ...]
    complete: bool = False


def open_inside(
    root: str, parts: tuple[str, ...], *, follow_links: bool = False
) -> tuple[FoundFile | FoundFolder, str] | None:
    """What lies at ``parts`` below ``root``, and the path that led there; None: nothing to use.

    Args:
        root: the real path of a folder.
        parts: plain names, see ``path_segments``.
        follow_links: follow symbolic links out of the folder as well.

    Raises:
        OSError: the system fails, for example too many files are open.

    """
    path = _below(root, parts)
    if _NO_FOLLOW and _passes_no_link(root, parts):
        opened = _open(path)
        if not isinstance(opened, int):
            return opened, path
        if opened not in _LINK:
            return None
    real = os.path.realpath(path)
    if not follow_links and real != path and not is_inside(root, real):
        return None
    opened = _open(real)
    return None if isinstance(opened, int) else (opened, path)


def open_file(path: str) -> FoundFile | FoundFolder | None:
    """Open a file and look at what was opened, so that nothing can change in between.

    Only regular files are opened for use; None: there is nothing, or a device, a pipe or a link.

    Raises:
        OSError: the system fails, for example too many files are open.

    """
    opened = _open(path)
    return None if isinstance(opened, int) else opened


def _open(path: str) -> FoundFile | FoundFolder | int:
    """As ``open_file``, but with the error number of what is not there."""
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        # Windows does not open folders; os.path takes names of any length
        if error.errno in _FOLDER and os.path.isdir(path):  # noqa: PTH112 it never raises
            return FoundFolder(())
        if error.errno in _MISSING:
            return error.errno or errno.ENOENT
        raise
    try:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode):
            return FoundFile(path, descriptor, found)
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return FoundFolder(()) if stat.S_ISDIR(found.st_mode) else errno.ENOENT


def _below(root: str, parts: tuple[str, ...]) -> str:
    """The path of plain names below a real path; ``os.path.join`` takes five times as long."""
    if not parts or root.endswith(os.sep):  # the root of the file system
        return os.path.join(root, *parts)
    return f"{root}{os.sep}{os.sep.join(parts)}"


def _passes_no_link(root: str, parts: tuple[str, ...]) -> bool:
    """Whether no folder on the way to the last part is a link; the last one shows when opened."""
    path = root
    for part in parts[:-1]:
        path = os.path.join(path, part)
        try:
            if stat.S_ISLNK(os.lstat(path).st_mode):
                return False
        except (OSError, ValueError):  # opening it says why
            return True
    return True


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
        if not is_plain_name(segment, windows):
            return None
        segments.append(segment)
    return tuple(segments)


def is_plain_name(name: str, windows: bool = os.name == "nt") -> bool:
    """Whether a file of this name may be served: one name, not hidden, no device or stream."""
    if name[0] == "." or "/" in name or "\\" in name or "\0" in name or _DRIVE.match(name):
        return False
    if not windows:
        return True
    # a stream of a file, a device, or another spelling of a name that the patterns may refuse
    return ":" not in name and name[-1] not in ". " and _RESERVED.fullmatch(name) is None


def is_inside(root: str, real: str) -> bool:
    """Whether a real path lies in the folder ``root`` and passes nothing hidden from there."""
    try:
        if os.path.commonpath((root, real)) != root:
            return False
    except ValueError:  # on Windows: on different drives
        return False
    from pathlib import Path  # files only

    inside = os.path.relpath(real, root)
    return inside == os.curdir or not any(part[:1] == "." for part in Path(inside).parts)
