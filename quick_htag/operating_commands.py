"""The commands of the prompt by which a running server is operated."""

from __future__ import annotations

from .access_log import LEVELS
from .errors import ConfigurationError
from .interfaces import Log
from .job_commands import JobCommands
from .middleware.slow import DEFAULT_LIMIT
from .monitor.rows import TokenRow
from .monitor.status_text import status_text
from .operated import Operated
from .process.command import help_of
from .process.commands import CommandTable
from .row_commands import SELECTION, one_of, selecting, shown, told
from .session_commands import SessionCommands

_TOKENS = f"""List the tokens by their beginnings, with time left and size.

{SELECTION}"""


class OperatingCommands:
    """``status``, ``log`` and ``reload``. They run on the command thread.

    Args:
        server: what they operate.
        log: where the answers go.

    """

    def __init__(self, server: Operated, log: Log) -> None:
        self._server = server
        self._log = log

    def add_to(self, commands: CommandTable) -> None:
        """Register the commands, unless the user has some of the same names."""
        levels, switch = one_of(lambda: LEVELS), one_of(lambda: ("off", "on"))
        level, slow = told(self._log, self.level), told(self._log, self.slow)
        add = commands.add
        add("status", self.status, 0, replace=False)
        add("log", self.log, 0, replace=False)
        add("log_level", level, 1, levels, False, usage="|".join(LEVELS), help=help_of(self.level))
        add("log_slow", slow, 1, switch, False, usage="on|off|SECONDS", help=help_of(self.slow))
        add("reload", self.reload, 0, replace=False)

    def status(self, args: list[str]) -> None:
        """Show requests, latency, connections, threads, sessions, jobs and memory."""
        self._log.message(status_text(self._server.status()))

    def log(self, args: list[str]) -> None:
        """Show what is logged; log level and log slow change it."""
        slow = self._server.report_slow_requests
        self._log.message(f"level {self._server.log_level}, slow requests {_slow_text(slow)}")

    def level(self, args: list[str]) -> None:
        """Choose which requests are logged: all, failures, errors or none.

        failures: not those that went well (101, 200, 304); errors: the server's, from 500. What the
        program itself says is always logged.
        """
        self._server.log_level = args[0]
        self.log([])

    def slow(self, args: list[str]) -> None:
        """Report requests that take long, while they do and when they end.

        "on" means more than 5 seconds; a number is another limit, 0.5 say.
        """
        words = {"on": True, "off": False}
        setting = words[args[0]] if args[0] in words else _seconds(args[0])
        self._server.report_slow_requests = setting
        self.log([])

    def reload(self, args: list[str]) -> None:
        """Read the certificate and what on_reload functions keep from their files again."""
        self._log.message("\n".join(self._server.reload()))


def add_operating_commands(server: Operated, commands: CommandTable, log: Log) -> None:
    """Register them all, unless the user has some of the same names."""
    OperatingCommands(server, log).add_to(commands)
    SessionCommands(server, log).add_to(commands)
    JobCommands(server, log).add_to(commands)
    show = shown(log, TokenRow, server.list_tokens, "tokens")
    complete = selecting(TokenRow)
    commands.add("tokens", show, None, complete, replace=False, usage="[WORD ...]", help=_TOKENS)


def _slow_text(setting: object) -> str:
    if not setting:
        return "off"
    if setting is True:
        return f"from {DEFAULT_LIMIT:g} s"
    return f"from {setting:g} s" if isinstance(setting, (int, float)) else "to a function"


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(f"log slow takes on, off or seconds, not {text!r}") from None
