"""The methods of a server for its own commands, as quick_server names them; see ``process``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import ConfigurationError
from .later import later

if TYPE_CHECKING:
    from typing import TypeVar

    from .interfaces import Log
    from .process.command import CommandFunction, Completer
    from .process.commands import CommandTable

    C = TypeVar("C", bound=CommandFunction)


class CommandMethods(ABC):
    """What scripts call on the server."""

    _command_log: Callable[[], Log]

    @later
    def commands(self) -> CommandTable:
        """What can be typed at the prompt."""
        from .process.commands import CommandTable

        table = CommandTable(self._command_log())
        table.fill_later(self._add_builtin_commands)
        return table

    @abstractmethod
    def _add_builtin_commands(self) -> None:
        """Register the server's own commands, unless the user has some of the same names."""

    def cmd(
        self,
        argc: int | None = None,
        complete: Completer | None = None,
        no_replace: bool = False,
        *,
        once: bool = False,
    ) -> Callable[[C], C]:
        """Make a function ``fun(args)`` a command; its name is the function's, "_" is a space.

        Its docstring is what ``help`` shows.

        Args:
            argc: exact number of words it takes; None: any.
            complete: ``complete(args, text)`` proposes words for the Tab key.
            no_replace: keep an earlier command of the same name.
            once: of several workers one runs it, and not all, see ``docs/workers.rst``.

        Raises:
            ConfigurationError: the parentheses are missing.

        """
        given: object = argc
        if callable(given):  # it would register nothing, and nobody would hear of it
            raise ConfigurationError("this decorator needs its parentheses: @server.cmd()")

        def register(fun: C) -> C:
            replace = not no_replace
            self.commands.add(fun.__name__, fun, argc, complete, replace, once=once)
            return fun

        return register

    def add_cmd_method(
        self,
        name: str,
        method: CommandFunction,
        argc: int | None = None,
        complete: Completer | None = None,
    ) -> None:
        """Register a command by name; see ``cmd``."""
        self.commands.add(name, method, argc, complete)

    def handle_cmd(self, line: str) -> None:
        """Run a line as if it was typed, on the calling thread."""
        self.commands.handle(line)
