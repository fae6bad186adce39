"""Finds the files Python cannot read, without running any of them."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterable
from pathlib import Path

LARGEST = 1024 * 1024  # bytes; larger ones are data, whatever they are called
MOST = 3  # files with an error that are told


def syntax_error(path: str | Path) -> str:
    """What is wrong with a Python file, with file, line and place; empty: nothing is."""
    try:
        if Path(path).stat().st_size > LARGEST:
            return ""
        source = Path(path).read_bytes()
    except OSError:  # gone
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: it has null bytes
        return "".join(traceback.format_exception_only(type(error), error))
    return ""


def syntax_errors(paths: Iterable[str]) -> str:
    """The errors of the first few of these files that have one; empty: none has."""
    found: list[str] = []
    for path in paths:
        if path.endswith(".py") and (text := syntax_error(path)):
            found.append(text)
            if len(found) == MOST:
                break
    return "\n".join(found)
