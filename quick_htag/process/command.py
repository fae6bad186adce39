"""One command of the prompt: its name, its words, its help. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType, MethodType

from ..record import record

CommandFunction = Callable[[list[str]], object]
"""``fun(args)``: runs a command; ``args`` are the words after its name."""

Completer = Callable[[list[str], str], "Iterable[str] | None"]
"""``complete(args, text)``: what ``text``, the word being typed, may become; ``args`` are the
finished words after the command's name. None: nothing."""

_INDENT = "    "
_NAME_WORD = re.compile("_*[^_]+(?:_+$)?")  # an underscore more than the separator is the word's


@record(frozen=True)
class Command:
    """One registered command.

    Args:
        name: its words joined by underscores.
        run: called with the remaining words, on the thread that handles the line.
        argc: how many words it takes; None: any number.
        complete: proposes words; None: it has no proposals.
        usage: the words that may follow, for the reader.
        help: what it does; its first line in short. Empty: nobody has said.
        once: of several workers, one runs it; else all do.

    """

    name: str
    run: CommandFunction
    argc: int | None = None
    complete: Completer | None = None
    usage: str = ""
    help: str = ""
    once: bool = False

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return self.help.partition("\n")[0]

    def miscounted(self, count: int) -> str:
        """That so many words are too few or too many for it, and what to type."""
        plural = "" if self.argc == 1 else "s"
        text = f"command {self.name} expects {self.argc} argument{plural}, got {count}"
        return f"{text}; type: {spaced(self.name)} {self.usage}" if self.usage else text

    def manual(self) -> list[str]:
        """Everything that is known of it, as lines."""
        head = f"{spaced(self.name)} {self.usage}".rstrip()
        return [head, *((_INDENT + line).rstrip() for line in self.help.splitlines())]


def parse(line: str) -> list[str]:
    """The words of a line; one that starts with ``#`` ends it. There is no quoting."""
    words: list[str] = []
    for word in line.split():
        if word.startswith("#"):
            break
        words.append(word)
    return words


def word_ends(name: str) -> list[int]:
    """Where the words of a name end."""
    ends: list[int] = []
    at = 0
    while found := _NAME_WORD.match(name, at):
        ends.append(found.end())
        at = found.end() + 1
    return ends or [len(name)]


def spaced(name: str) -> str:
    """A name as it is typed."""
    start, words = 0, []
    for end in word_ends(name):
        words.append(name[start:end])
        start = end + 1
    return " ".join(words)


def indented(head: str, lines: Iterable[str]) -> str:
    """A head line and lines that belong to it."""
    return "\n".join([head, *(_INDENT + line for line in lines)])


def overview(commands: Sequence[Command]) -> list[str]:
    """A line for each command; those without a help are a bare name."""
    names = [spaced(command.name) for command in commands]
    width = max(map(len, names), default=0)
    return [
        f"{name:{width}}  {command.summary}".rstrip()
        for name, command in zip(names, commands, strict=True)
    ]


def help_of(function: CommandFunction) -> str:
    """The docstring of a command function, of its own and not of its class; empty: it has none."""
    if isinstance(function, (FunctionType, MethodType)) and function.__doc__:
        import inspect  # a server without commands of its own does not load it

        return inspect.cleandoc(function.__doc__)
    return ""
