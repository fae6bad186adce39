"""Keeps copies of files where other programs want them, a front-end build for example.

A copy is a symbolic link where the system lets us make one. Else, on Windows without the privilege
for it say, it is a copy that a thread renews when the file has changed.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConfigurationError
from ..interfaces import Log
from ..logs import ERR_SOURCE_GENERAL_QS

Linker = Callable[[str, str], None]
"""``(source, link)``: makes a symbolic link, or raises OSError."""

_State = tuple[int, int]


class Mirrors:
    """The mirrored files of one server. Every method may be called on any thread.

    The thread "quick_htag-mirror" runs only while there are copies to be renewed.

    Args:
        log: is told when a copy cannot be renewed.
        link: makes links.
        interval: seconds between two looks at the files that were copied.

    """

    def __init__(self, log: Log, link: Linker = os.symlink, interval: float = 1.0) -> None:
        self._log = log
        self._link = link
        self._interval = interval
        self._lock = threading.Lock()  # guards the three below
        self._sources: dict[str, str] = {}  # by target
        self._copied: dict[str, tuple[_State | None, _State | None]] = {}  # source, copy: by target
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def add(self, path_to: str, path_from: str) -> None:
        """Let the file ``path_from`` appear at ``path_to`` as well, from now on.

        What already lies there is replaced only if it is our own: a link to the file, a link of
        the same name to nothing, or a copy with the same content.

        Raises:
            ConfigurationError: there is no such file, or the two paths cannot be mirrored, or
                something of somebody else lies at ``path_to``.

        """
        source, target = os.path.realpath(path_from), _target_path(path_to)
        if not Path(source).is_file():
            raise ConfigurationError(f"cannot mirror {path_from!r}: there is no such file")
        if source == target:
            raise ConfigurationError(f"cannot mirror {path_from!r} onto itself")
        with self._lock:
            if self._sources.get(target) == source:
                return
            self._check_chain(source, target)
            _clear(target, source)
            try:
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                linked = self._make(source, target)
            except OSError as error:
                raise ConfigurationError(
                    f"cannot mirror {path_from!r} to {path_to!r}: {error}"
                ) from error
            self._sources[target] = source
            if not linked:
                self._copied[target] = _state(source), _state(target)
                self._start()

    def put(self, path_to: str, text: str, mark: str) -> None:
        """Keep a text that we have made at ``path_to``; it is written once, here.

        Args:
            path_to: the file.
            text: what it shall hold; UTF-8.
            mark: how a text of ours begins; a file that begins otherwise is not replaced.

        Raises:
            ConfigurationError: something of somebody else lies there, or it cannot be written.

        """
        target = _target_path(path_to)
        with self._lock:
            if target in self._sources:
                raise ConfigurationError(f"{target!r} already mirrors {self._sources[target]!r}")
            try:
                if not _begins(target, mark):
                    raise ConfigurationError(
                        f"{target!r} exists and was not written by this program; move it away if "
                        "it is not needed"
                    )
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                _write(text, target)
            except OSError as error:
                raise ConfigurationError(f"cannot write {path_to!r}: {error}") from error

    def close(self) -> None:
        """End the thread; links and copies stay. Again is harmless."""
        self._ended.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(self._interval + 5.0)

    def _check_chain(self, source: str, target: str) -> None:
        if target in self._sources:
            raise ConfigurationError(
                f"{target!r} already mirrors {self._sources[target]!r}; it can mirror one file"
            )
        if source in self._sources or target in self._sources.values():
            raise ConfigurationError(f"cannot mirror {source!r} to {target!r}: one is a mirror")

    def _make(self, source: str, target: str) -> bool:
        """Make the link, or the copy; whether it is a link."""
        try:
            self._link(source, target)
        except (OSError, NotImplementedError):  # no privilege, or a file system without links
            _copy(source, target)
            return False
        return True

    def _start(self) -> None:
        if self._thread is None and not self._ended.is_set():
            self._thread = threading.Thread(
                target=self._watch, name="quick_htag-mirror", daemon=True
            )
            self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(self._interval):
            with self._lock:
                copied = list(self._copied.items())
            for target, known in copied:
                self._renew(target, known)

    def _renew(self, target: str, known: tuple[_State | None, _State | None]) -> None:
        source = self._sources[target]
        was, copied = known
        state, found = _state(source), _state(target)
        if state is None or state == was:  # unchanged, or gone for the moment
            return
        if found is not None and found != copied:
            self._log.message(f"{target!r} was changed, so it is not mirrored any more")
            with self._lock:
                del self._copied[target]
            return
        try:
            _copy(source, target)
            found = _state(target)
        except OSError as error:
            text = f"{target!r} could not be renewed from {source!r}"
            self._log.error(ERR_SOURCE_GENERAL_QS, text, error)
        with self._lock:
            self._copied[target] = state, found  # after a failure the next change is the next try


def _target_path(path: str) -> str:
    """The absolute path, links resolved but for its last part: that may be our link."""
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100 a str is wanted
    return os.path.join(os.path.realpath(folder), name)


def _clear(target: str, source: str) -> None:
    """Make room for the mirror.

    Raises:
        ConfigurationError: what lies there is not our own.

    """
    path = Path(target)
    if path.is_symlink():
        leads_to = os.path.realpath(target)
        lost = not Path(leads_to).exists() and Path(leads_to).name == Path(source).name
        ours = leads_to == source or lost
    elif not path.exists():
        return
    else:
        ours = path.is_file() and filecmp.cmp(source, target, shallow=False)
    if not ours:
        raise ConfigurationError(
            f"{target!r} exists and is no copy of {source!r}; move it away if it is not needed"
        )
    path.unlink()


def _begins(target: str, mark: str) -> bool:
    """Whether a file begins like that; a link to nothing, or nothing, is as good."""
    path = Path(target)
    if not path.exists():
        return True
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(mark.encode())) == mark.encode()


def _copy(source: str, target: str) -> None:
    """Copy in one step, so that nobody reads half of a file."""
    with _whole(target) as part:
        shutil.copyfile(source, part)


def _write(text: str, target: str) -> None:
    """Write in one step."""
    with _whole(target) as part:
        Path(part).write_bytes(text.encode())


@contextmanager
def _whole(target: str) -> Iterator[str]:
    """What the block writes to this path appears at ``target`` at once, when it is complete."""
    part = f"{target}.{os.getpid()}.part"
    try:
        yield part
        Path(part).replace(target)
    finally:
        Path(part).unlink(missing_ok=True)


def _state(path: str) -> _State | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
