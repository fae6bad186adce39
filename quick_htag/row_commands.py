"""What the commands that list something have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from .errors import ConfigurationError
from .interfaces import Log
from .monitor.rows import Row
from .monitor.selection import propose, select
from .process.command import CommandFunction, Completer

R = TypeVar("R", bound=Row)

SELECTION = """\
Conditions: idle>1h, size>=2kB, app=Shop* (* and ? stand for anything), user!=ann; a plain word has
to be in some text. Then sort=COLUMN or sort=-COLUMN, columns=A,B, limit=N, by default 100."""


def shown(
    log: Log, row_type: type[R], rows: Callable[[], Sequence[R]], noun: str
) -> CommandFunction:
    """A command that shows the rows its words select."""

    def show(args: list[str]) -> None:
        log.message(select(args, row_type).text(rows()) or f"no {noun}")

    return told(log, show)


def told(log: Log, command: CommandFunction) -> CommandFunction:
    """The command; a word it does not understand is a line in the log, and no error report."""

    def run(args: list[str]) -> None:
        try:
            command(args)
        except ConfigurationError as error:
            log.message(str(error))

    return run


def selecting(row_type: type[Row], *longer: str) -> Completer:
    """Proposes conditions and options.

    Args:
        row_type: the kind of rows.
        longer: words that make it another command, which has proposals of its own.

    """
    return lambda args, text: [] if args and args[0] in longer else propose(text, row_type)


def one_of(ids: Callable[[], Sequence[str]]) -> Completer:
    """Proposes an id, as the only word."""

    def complete(args: list[str], text: str) -> list[str]:
        return [] if args else sorted({one for one in ids() if one.startswith(text)})

    return complete


def details(pairs: Sequence[tuple[str, str]]) -> str:
    """Names and values below each other."""
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"{name:{width}}  {value}".rstrip() for name, value in pairs)
