"""A process with nothing of the program in it, that takes the place of the program."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_ENV_GIVEN = "QUICK_HTAG_GIVEN"  # from a program to what it becomes
_MAIN = (
    f"import json, os, sys; given = json.loads(os.environ.pop({_ENV_GIVEN!r})); "
    "sys.path[:] = given.pop('path'); from importlib import import_module; "
    "import_module(given.pop('module')).main(**given)"
)


def clean_start(
    interpreter: str, module: str, command: Sequence[str], /, **given: Any
) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a process that calls ``main(command, **given)`` of a module.

    Args:
        interpreter: runs it.
        module: its name.
        command: of the program whose place it takes. Lists of processes show it, so that who looks
            there for the program by its name finds this one, too.
        given: what JSON can hold.

    """
    package = str(Path(__file__).resolve().parents[2])
    path = [*(str(Path(entry).absolute()) for entry in sys.path), package]
    words = list(command)
    text = json.dumps({**given, "command": words, "module": module, "path": path})
    return [interpreter, "-I", "-c", _MAIN, *words[1:]], {_ENV_GIVEN: text}
