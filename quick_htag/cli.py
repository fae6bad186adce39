"""The command line: ``quick_htag`` and ``python -m quick_htag``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .browsing.traces import own_part
from .command_line.arguments import argument_parser, parse
from .command_line.program import run_script, serve_files, serve_target
from .command_line.target import TargetError, find_target
from .errors import ConfigurationError, EngineMissing, StoreError
from .process.restart import get_exec_arr, setup_restart
from .process.watched import setup_reload, watched


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop. Main thread only.

    With ``--reload`` the first process becomes the parent that watches, see ``setup_reload``; with
    ``--workers`` it becomes their supervisor; with
    ``--www`` it becomes the supervisor of ``setup_restart``.

    Args:
        arguments: of the command line; None: those of the process.

    Returns:
        The exit code: 0, or 1 when it cannot be served; says why.

    """
    parser = argument_parser()
    given, rest = parse(parser, sys.argv[1:] if arguments is None else arguments)
    if given.reload:
        setup_reload(watch=_watched_file(given))
    if given.workers:
        _supervise(given.workers)
    try:
        _run(given, rest)
    except (ConfigurationError, EngineMissing, StoreError) as error:
        cause = error.__cause__ if isinstance(error, TargetError) else None
        if watched():  # the parent shows it in the pages until it is repaired
            raise cause or error from None
        if cause is not None:
            print("".join(own_part(cause).format()), end="", file=sys.stderr)
        print(error, file=sys.stderr)
        return 1
    return 0


def _supervise(count: int) -> None:
    """Become the supervisor, unless this is one of its workers. Nothing is loaded for that."""
    from .process.handover import SUPPORTED
    from .workers.main import main as supervise
    from .workers.worker import this_worker

    if SUPPORTED and not this_worker():
        supervise(get_exec_arr(), count, all_servers=True)


def _run(given: argparse.Namespace, rest: list[str]) -> None:
    if given.www is not None:
        if not given.reload:
            setup_restart()
        serve_files(given)
        return
    target = find_target(given.target, Path.cwd())
    if target.script is not None or target.module:
        run_script(given, target, rest)
        return
    if rest:
        raise ConfigurationError(f"{target.text} is no script: leave out what follows --")
    serve_target(given, target)


def _watched_file(given: argparse.Namespace) -> list[str]:
    """The file of the target, which may lie outside of the current folder."""
    path = Path((given.target or "").partition(".py:")[0])
    path = (
        path if path.suffix == ".py" else path.with_name(f"{path.name}.py") if path.name else path
    )
    return [str(path)] if path.is_file() else []
