"""The session of a program with one user, kept in a JSON file, as htag 1 has it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, NotStorable


class JsonSession(MutableMapping[str, Any]):
    """A mapping that is written to a file with each change, and read from it at the start.

    What is changed inside of a value is written with the next change, or by ``save``. Any thread.
    Two of them are never equal: it is the place that counts.

    Args:
        path: the file; it need not exist, and is removed when nothing is left to keep.

    Raises:
        ConfigurationError: the file is no JSON object.

    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._lock = threading.RLock()  # guards _data and _text, and that one thread writes
        self._data = _read(self._path)
        self._text = json.dumps(self._data, indent=4)

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._data))

    def __len__(self) -> int:
        return len(self._data)

    def __setitem__(self, key: str, value: Any) -> None:
        with self._lock:
            self._check(key, value)
            self._data[key] = value
            self.save()

    def __delitem__(self, key: str) -> None:
        with self._lock:
            del self._data[key]
            self.save()

    @staticmethod
    def _check(key: str, value: Any) -> None:
        try:
            json.dumps({key: value})
        except (TypeError, ValueError, RecursionError) as error:
            fault = f"cannot be kept in a JSON file: {error}"
            raise NotStorable(f"the value of {key!r}", fault) from error

    def save(self) -> None:
        """Write what was changed; nothing happens without a change.

        Raises:
            OSError: the file cannot be written.

        """
        with self._lock:
            text = json.dumps(self._data, indent=4)
            if text == self._text:
                return
            if self._data:
                part = self._path.with_name(f"{self._path.name}.part")
                _write(part, text)
                part.replace(self._path)  # as a whole: a program may be killed at any moment
            else:
                self._path.unlink(missing_ok=True)
            self._text = text


def _write(path: Path, text: str) -> None:
    """Write a file that only this user can read, as it holds what visitors have entered."""
    path.unlink(missing_ok=True)  # an older one may be open to all
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ConfigurationError(f"the session file {path} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ConfigurationError(f"the session file {path} holds no JSON object")
    return found
