"""Tracebacks for the page of a folder: what lies outside of the folder keeps its place secret."""

from __future__ import annotations

import importlib
import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_PACKAGE: Final = str(Path(__file__).resolve().parents[1]) + os.sep
_PLACE: Final = re.compile(r'File "([^"<][^"]*)"')
_IMPORTS: Final = str(Path(importlib.__file__).parent) + os.sep
_MACHINERY: Final = ("<frozen importlib", "<frozen runpy", _IMPORTS, _PACKAGE)


def trace_of(error: BaseException, root: Path) -> str:
    """The traceback of an error for a page of ``root``."""
    return hide_places("".join(own_part(error).format()), root)


def own_part(error: BaseException) -> traceback.TracebackException:
    """The traceback of an error, without the way through this package."""
    told = traceback.TracebackException.from_exception(error)
    for part in _chain(told):
        part.stack = traceback.StackSummary.from_list(
            [frame for frame in part.stack if not frame.filename.startswith(_MACHINERY)]
        )
    return told


def hide_places(text: str, root: Path) -> str:
    """A text in which files of ``root`` are relative, and others have their last name only."""
    for prefix, name in _known(root):
        text = text.replace(prefix, name)
    return _PLACE.sub(lambda found: f'File "{_last(found[1])}"', text)


def _known(root: Path) -> Iterator[tuple[str, str]]:
    """Beginnings of paths and what is written in their place, the longest first."""
    places = {}
    if root != root.parent:
        places = {f"{root}{os.sep}": "", str(root): "."}
    for scheme in ("purelib", "platlib"):
        places[sysconfig.get_path(scheme) + os.sep] = f"{os.sep}packages{os.sep}"
    places[sysconfig.get_path("stdlib") + os.sep] = f"{os.sep}python{os.sep}"
    places[sys.prefix + os.sep] = f"{os.sep}python{os.sep}"
    with suppress(RuntimeError):  # who has none
        places[str(Path.home()) + os.sep] = f"~{os.sep}"
    return iter(sorted(places.items(), key=lambda place: -len(place[0])))


def _last(path: str) -> str:
    """A path as it is told: relative ones and replaced ones whole."""
    told = (f"{os.sep}packages{os.sep}", f"{os.sep}python{os.sep}")
    if not Path(path).is_absolute() or path.startswith(told):
        return path.lstrip(os.sep)
    return os.path.join("...", os.path.basename(path))


def _chain(
    told: traceback.TracebackException | None,
) -> Iterator[traceback.TracebackException]:
    pending = [told]
    while pending:
        one = pending.pop()
        if one is not None:
            yield one
            pending += [one.__cause__, one.__context__]
