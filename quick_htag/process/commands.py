"""The table of prompt commands: parsing, running and completing a line. No thread, no terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from ..logs import ERR_SOURCE_COMMAND
from .command import (
    Command,
    CommandFunction,
    Completer,
    help_of,
    indented,
    overview,
    parse,
    word_ends,
)

if TYPE_CHECKING:
    from ..interfaces import Log

_RESTART = "Stop, and start the program again; who connects meanwhile waits."


class CommandTable:
    """The commands of one server. Every method may be called on any thread.

    Args:
        log: where answers and failures go.

    Attributes:
        log: see above.

    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self._lock = threading.Lock()  # guards _commands; never held while a command runs
        self._commands: dict[str, Command] = {}  # in the order of registration
        self._filling = threading.RLock()  # guards _fill, also while it runs
        self._fill: Callable[[], object] | None = None
        self._filled: dict[str, Command] = {}  # what that has added

    def fill_later(self, fill: Callable[[], object]) -> None:
        """Call ``fill``, which adds more commands, when somebody asks for one."""
        with self._filling:
            self._fill = fill

    def _complete(self) -> None:
        with self._filling:
            fill, self._fill = self._fill, None
            if fill is not None:
                before = set(self._commands)
                fill()
                with self._lock:
                    added = self._commands.items()
                    self._filled = {name: one for name, one in added if name not in before}

    def own(self, also: Container[str] = ()) -> list[Command]:
        """Those of the program, and not of the server, in the order of registration.

        Args:
            also: names of the server's that are wanted, too.

        """
        self._complete()
        with self._lock:
            found = self._commands.items()
            return [one for name, one in found if name in also or self._filled.get(name) is not one]

    def add(
        self,
        name: str,
        method: CommandFunction,
        argc: int | None = None,
        complete: Completer | None = None,
        replace: bool = True,
        *,
        usage: str = "",
        help: str | None = None,  # noqa: A002 its name
        once: bool = False,
    ) -> None:
        """Register a command.

        Args:
            name: the words a user types, joined by underscores.
            method: called with the list of remaining words.
            argc: exact number of those words; None: any.
            complete: proposes words for the Tab key.
            replace: False: an earlier command of this name stays.
            usage: the words that may follow, for ``help``: "ID" or "[WORD ...]".
            help: what it does, its first line in short; None: the docstring of ``method``.
            once: of several workers, one runs it; else all do.

        Raises:
            ConfigurationError: the name is empty, has white space or starts with ``#``, so no
                line could reach it; or ``argc`` is negative.

        """
        if name.split() != [name] or name.startswith("#"):
            raise ConfigurationError(
                f"a command name is one word without spaces that does not start with '#', "
                f"not {name!r}; write 'cache_clear' for the command 'cache clear'"
            )
        if argc is not None and (not isinstance(argc, int) or argc < 0):
            raise ConfigurationError(
                f"argc of command {name} is a number from 0, or None for any, not {argc!r}"
            )
        text = help_of(method) if help is None else help
        command = Command(name, method, argc, complete, usage, text, once)
        with self._lock:
            if replace or name not in self._commands:
                self._commands[name] = command

    def add_builtins(
        self,
        *,
        restart: Callable[[], object],
        quit: Callable[[], object],  # noqa: A002 its name
    ) -> None:
        """Register ``help``, ``restart`` and ``quit``, unless the user has one of that name."""
        self.add("help", self.show_help, complete=self._topics, replace=False, usage="[COMMAND]")
        self.add("restart", lambda _args: restart(), 0, replace=False, help=_RESTART)
        self.add("quit", lambda _args: quit(), 0, replace=False, help="Stop the server.")

    def names(self) -> list[str]:
        """Every command, in the order of registration."""
        self._complete()
        with self._lock:
            return list(self._commands)

    def show_help(self, args: list[str]) -> None:
        """List the commands, or say more about one.

        With the name of a command, "sessions" say, it tells what that does, what may follow it,
        and which commands begin with it.
        """
        self._complete()
        with self._lock:
            commands = list(self._commands.values())
        if not args:
            self.log.message(indented("available commands:", overview(commands)))
            return
        topic = "_".join(args)
        found = [one for one in commands if f"{one.name}_".startswith(f"{topic}_")]
        if found:
            self.log.message("\n".join(line for one in found for line in one.manual()))
        else:
            typed = " ".join(args)
            self.log.message(f'there is no command "{typed}"; help lists what there is')

    def handle(self, line: str) -> None:
        """Run the command on a line, on the calling thread; what goes wrong is logged.

        The longest run of first words that names a command is taken; the rest are its arguments.
        """
        words = parse(line)
        if not words:
            return
        self._complete()
        command, args = self._find(words)
        if command is None:
            self._explain(words)
        elif command.argc is not None and command.argc != len(args):
            self.log.message(command.miscounted(len(args)))
        else:
            self._run(command, args, line)

    def _find(self, words: list[str]) -> tuple[Command | None, list[str]]:
        with self._lock:
            for count in range(len(words), 0, -1):
                command = self._commands.get("_".join(words[:count]))
                if command is not None:
                    return command, words[count:]
        return None, words

    def _explain(self, words: list[str]) -> None:
        typed = " ".join(words)
        following = self._next_words("_".join(words) + "_", "")
        if following:
            self.log.message(indented(f'command "{typed}" needs more arguments:', following))
        else:
            self.log.message(
                f'command "{typed}" invalid; type help or use <TAB> for a list of commands'
            )

    def _run(self, command: Command, args: list[str], line: str) -> None:
        try:
            command.run(args)
        except (Exception, SystemExit) as error:  # noqa: BLE001 user code; the prompt goes on
            text = f"exception executing command {line.strip()}"
            self.log.error(ERR_SOURCE_COMMAND, text, error)

    def complete(self, line: str) -> list[str]:
        """What the last word of a line may become, sorted.

        Args:
            line: the line up to the cursor; it ends in white space when a new word begins.

        Returns:
            Replacements for the last word. A sole one ends with a space when more words may
            follow.

        """
        self._complete()
        words = line.split()
        text = words.pop() if words and not line[-1].isspace() else ""
        if any(word.startswith("#") for word in [*words, text]):
            return []
        typed = "_".join([*words, text])
        names = self._next_words(typed, text)
        matches = {*names, *self._proposals(words, text, line)}
        if len(matches) == 1 and names and self._takes_more("_".join([*words, *names])):
            return [names[0] + " "]
        return sorted(matches)

    def _topics(self, args: list[str], text: str) -> list[str]:
        """The commands that ``help`` may be asked about, word by word."""
        return self._next_words("_".join([*args, text]), text)

    def _next_words(self, typed: str, text: str) -> list[str]:
        start = len(typed) - len(text)
        found: dict[str, None] = {}  # an ordered set
        for name in self.names():
            if name.startswith(typed):
                end = next((end for end in word_ends(name) if end >= len(typed)), len(name))
                found[name[start:end]] = None
        found.pop("", None)
        return list(found)

    def _takes_more(self, typed: str) -> bool:
        with self._lock:
            command = self._commands.get(typed)
            if command is not None and command.argc != 0:
                return True
            return any(name.startswith(typed + "_") for name in self._commands)

    def _proposals(self, words: list[str], text: str, line: str) -> list[str]:
        found: list[str] = []
        for count in range(1, len(words) + 1):
            with self._lock:
                command = self._commands.get("_".join(words[:count]))
            if command is None or command.complete is None:
                continue
            try:
                found.extend(map(str, command.complete(words[count:], text) or ()))
            except Exception as error:  # noqa: BLE001 user code; a Tab must not end the prompt
                text_of_error = f"exception completing command {line.strip()}"
                self.log.error(ERR_SOURCE_COMMAND, text_of_error, error)
        return found
