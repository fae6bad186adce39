"""What a folder holds, as its page shows it. Files are read, never run."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from ..contained import is_inside, is_plain_name
from ..deadline import Deadline
from ..file_patterns import DEFAULT_WHITE_LIST
from ..messages.media_types import media_type
from ..settings import KIB, MIB
from .app_finder import FileReport, FoundApp, read_source

Kind = Literal["folder", "apps", "broken", "script", "python", "page", "image", "text", "other"]

LARGEST_SOURCE: Final = MIB  # bytes; what is larger is data, whatever it is called
_REPORTS_KEPT: Final = 2000
_READ_LIMIT: Final = 1.0  # seconds for files that do not mention htag: they only may be broken
_SEARCH_LIMIT: Final = 2.0  # seconds
_MOST_FOUND: Final = 500
_SNIFFED: Final = 4 * KIB  # bytes that tell text from the rest
_SENT: Final = frozenset(pattern[1:] for pattern in DEFAULT_WHITE_LIST)
_LEFT_OUT: Final = frozenset(("__pycache__", "node_modules"))
_UNREAD: Final = FileReport()


@dataclass(frozen=True)
class Item:
    """A file or folder.

    Attributes:
        name: of it; below the folder that was searched, its path from there.
        kind: what it is: a folder; a Python file with apps, that cannot be read, that serves by
            itself, or another one; a page, an image, a text; or something else.
        size: bytes.
        apps: those in it, for the installed htag.
        report: what a Python file says.

    """

    name: str
    kind: Kind
    size: int = 0
    apps: tuple[FoundApp, ...] = ()
    report: FileReport = _UNREAD


class FolderReader:
    """Reads one folder and what is below it. Any thread.

    Args:
        root: its real path.
        major: generation of the installed htag.

    """

    def __init__(self, root: Path, major: int) -> None:
        self.root = root
        self.major = major
        self._lock = threading.Lock()  # guards _reports
        self._reports: dict[str, tuple[int, int, FileReport]] = {}  # by path

    def items(self, parts: tuple[str, ...]) -> list[Item]:
        """What lies in a folder: folders first, then files, both by name.

        Args:
            parts: plain names that lead to it.

        Raises:
            OSError: it cannot be read.

        """
        patience = Deadline(_READ_LIMIT)
        found = [self._item(entry, patience) for entry in self._entries(self._at(parts))]
        return sorted((one for one in found if one is not None), key=_order)

    def search(self, parts: tuple[str, ...], words: str) -> tuple[list[Item], bool]:
        """Everything in and below a folder that has all words in its path or in its apps.

        Returns:
            what was found, and whether that is all of it.

        """
        wanted = words.casefold().split()
        patience = Deadline(_SEARCH_LIMIT)
        found: list[Item] = []
        for item in self._walk(self._at(parts), "", patience):
            said = " ".join([item.name, *(f"{app.name} {app.about}" for app in item.apps)])
            if all(word in said.casefold() for word in wanted):
                found.append(item)
            if len(found) >= _MOST_FOUND or patience.expired():
                return sorted(found, key=_order), False
        return sorted(found, key=_order), True

    def report(self, path: str, found: os.stat_result) -> FileReport:
        """What a Python file says, read again when it has changed."""
        with self._lock:
            kept = self._reports.get(path)
        state = found.st_mtime_ns, found.st_size
        if kept is not None and kept[:2] == state:
            return kept[2]
        try:
            report = read_source(Path(path).read_bytes())
        except OSError:  # gone, or not for us
            return _UNREAD
        with self._lock:
            if len(self._reports) >= _REPORTS_KEPT:
                self._reports.clear()
            self._reports[path] = (*state, report)
        return report

    # -- reading -----------------------------------------------------------------------------------

    def _at(self, parts: tuple[str, ...]) -> str:
        return os.path.join(self.root, *parts)

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_plain_name(entry.name) and entry.name not in _LEFT_OUT:
                    yield entry

    def _walk(self, folder: str, before: str, patience: Deadline) -> Iterator[Item]:
        try:
            entries = sorted(self._entries(folder), key=lambda entry: entry.name)
        except OSError:  # not for us
            return
        for entry in entries:
            item = self._item(entry, patience)
            if item is None:
                continue
            yield replace(item, name=before + item.name)
            if item.kind == "folder" and not entry.is_symlink():  # a link may lead back here
                yield from self._walk(entry.path, f"{before}{item.name}/", patience)

    def _item(self, entry: os.DirEntry[str], patience: Deadline) -> Item | None:
        """The item of an entry; None: neither a file nor a folder, or gone."""
        if entry.is_symlink() and not is_inside(str(self.root), os.path.realpath(entry.path)):
            return None
        try:
            found = entry.stat()
        except OSError:
            return None
        if stat.S_ISDIR(found.st_mode):
            return Item(entry.name, "folder")
        if not stat.S_ISREG(found.st_mode):
            return None
        if not entry.name.endswith(".py"):
            return Item(entry.name, kind_of(entry.path), found.st_size)
        item = Item(entry.name, "python", found.st_size)
        if found.st_size > LARGEST_SOURCE or not self._is_worth(entry.path, patience):
            return item
        return self._of_source(item, self.report(entry.path, found))

    def _is_worth(self, path: str, patience: Deadline) -> bool:
        if not patience.expired():
            return True
        try:
            return b"htag" in Path(path).read_bytes()
        except OSError:
            return False

    def _of_source(self, item: Item, report: FileReport) -> Item:
        apps = tuple(report.apps(self.major))
        if report.error:
            return replace(item, kind="broken", report=report)
        if report.serves_at:
            return replace(item, kind="script", report=report)
        kind: Kind = "apps" if apps else "python"
        return replace(item, kind=kind, apps=apps, report=report)


def kind_of(path: str) -> Kind:
    """What a file is that is not Python's; looks into it when its name does not tell."""
    kind = media_type(path)
    if sent_as_it_is(path):
        if kind.startswith("image/"):
            return "image"
        if kind.startswith("text/html") or not kind.startswith(("text/", "application/json")):
            return "page"  # the others are documents and fonts: the browser knows what to do
    return "text" if is_text(path) else "other"


def sent_as_it_is(name: str) -> bool:
    """Whether a file of this name is one of those that web pages are made of."""
    return os.path.splitext(name)[1].lower() in _SENT


def is_text(path: str) -> bool:
    """Whether a file begins as text does, in UTF-8."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 a path as text is what is at hand
            begin = file.read(_SNIFFED)
    except OSError:
        return False
    if b"\0" in begin:
        return False
    try:
        begin.decode()
    except UnicodeDecodeError as error:  # a letter may be cut in two at the end
        return len(begin) == _SNIFFED and error.start >= _SNIFFED - 3
    return True


def _order(item: Item) -> tuple[bool, str, str]:
    return item.kind != "folder", item.name.casefold(), item.name
