"""Parsing, running and completing lines; no thread, no terminal."""

from __future__ import annotations

import io

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.logs import ERR_SOURCE_COMMAND, MessageLog
from quick_htag.process.commands import CommandTable


class Spoken:
    """A table and what it has logged."""

    def __init__(self) -> None:
        self.file = io.StringIO()
        self.log = MessageLog(self.file)
        self.errors: list[tuple[str, str, list[str]]] = []
        self.log.error_handler = lambda *report: self.errors.append(report)
        self.table = CommandTable(self.log)
        self.calls: list[tuple[str, list[str]]] = []

    def add(self, name, argc=None, complete=None, replace=True):
        """Register a command that notes its calls."""
        self.table.add(name, lambda args: self.calls.append((name, args)), argc, complete, replace)

    def lines(self) -> list[str]:
        """What was logged, without the heads."""
        return [line.removeprefix("[SERVER] ") for line in self.file.getvalue().splitlines()]


@pytest.fixture
def spoken() -> Spoken:
    """A table whose calls and messages are noted."""
    return Spoken()


# -- parsing and running ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("cache clear x", ("cache_clear", ["x"])),
        ("cache_clear x", ("cache_clear", ["x"])),
        ("cache x clear", ("cache", ["x", "clear"])),
        ("cache", ("cache", [])),
        ("_hidden", ("_hidden", [])),
    ],
)
def test_longest_name_wins(spoken, line, call):
    """The longest run of first words that names a command is taken."""
    for name in ("cache", "cache_clear", "_hidden"):
        spoken.add(name)
    spoken.table.handle(line)
    assert spoken.calls == [call]
    assert spoken.lines() == []


@pytest.mark.parametrize("line", ["", "   ", "# quit"])
def test_empty_line_does_nothing(spoken, line):
    """A line without words is silent."""
    spoken.table.handle(line)
    assert spoken.lines() == []


@pytest.mark.parametrize(
    ("argc", "line", "said"),
    [
        (0, "go far", "command go expects 0 arguments, got 1"),
        (1, "go", "command go expects 1 argument, got 0"),
        (2, "go a b c", "command go expects 2 arguments, got 3"),
    ],
)
def test_wrong_number_of_arguments(spoken, argc, line, said):
    """The numbers wanted and found are told, and the command is not run."""
    spoken.add("go", argc)
    spoken.table.handle(line)
    assert (spoken.lines(), spoken.calls) == ([said], [])


def test_what_to_type_is_told_with_a_wrong_number_of_arguments(spoken):
    """Where the command has said what follows its name."""
    spoken.table.add("log_level", print, 1, usage="all|none")
    spoken.table.handle("log level")
    text = "command log_level expects 1 argument, got 0; type: log level all|none"
    assert spoken.lines() == [text]


def test_shorter_name_is_not_tried(spoken):
    """A wrong number of arguments for the longest name is the end of it."""
    spoken.add("cache")
    spoken.add("cache_clear", 0)
    spoken.table.handle("cache clear x")
    assert spoken.lines() == ["command cache_clear expects 0 arguments, got 1"]
    assert spoken.calls == []


def test_incomplete_command(spoken):
    """The words that may follow are listed, each once."""
    for name in ("show_all_a", "show_all_b", "show_one", "other"):
        spoken.add(name)
    spoken.table.handle("show")
    assert spoken.lines() == ['command "show" needs more arguments:', "    all", "    one"]


def test_unknown_command(spoken):
    """What is no command is said to be invalid, with the words as typed."""
    spoken.table.handle("no  such")
    assert spoken.lines() == [
        'command "no such" invalid; type help or use <TAB> for a list of commands'
    ]


def test_help(spoken):
    """Commands are listed in the order of registration, underscores as spaces, with their help."""
    for name in ("zoo", "cache_clear", "_odd__name"):
        spoken.add(name)
    spoken.table.add_builtins(restart=list, quit=list)
    spoken.table.handle("help")
    head, *lines = spoken.lines()
    assert head == "available commands:"
    names = [line.strip().partition("  ")[0] for line in lines]
    assert names == ["zoo", "cache clear", "_odd _name", "help", "restart", "quit"]
    assert lines[-1] == "    quit         Stop the server."


def test_help_of_a_command(spoken):
    """Its words and its docstring, and those of the commands that begin with it."""

    def clear(args):
        """Forget everything.

        Really.
        """

    spoken.table.add("cache_clear", clear, 1, usage="NAME")
    spoken.add("cached")
    spoken.table.add_builtins(restart=list, quit=list)
    spoken.table.handle("help cache")
    assert spoken.lines() == ["cache clear NAME", "    Forget everything.", "", "    Really."]


def test_help_of_no_command(spoken):
    """What is no command has no help."""
    spoken.table.add_builtins(restart=list, quit=list)
    spoken.table.handle("help me")
    assert spoken.lines() == ['there is no command "me"; help lists what there is']


def test_help_completes_commands(spoken):
    """Tab after ``help`` proposes what there is help for, word by word."""
    spoken.add("cache_clear")
    spoken.table.add_builtins(restart=list, quit=list)
    assert spoken.table.complete("help c") == ["cache"]
    assert spoken.table.complete("help cache ") == ["clear"]


def test_builtins(spoken):
    """The built-in commands do what they were given, and take no arguments."""
    called = []
    spoken.table.add_builtins(
        restart=lambda: called.append("restart"), quit=lambda: called.append("quit")
    )
    for line in ("quit", "restart", "quit now"):
        spoken.table.handle(line)
    assert called == ["quit", "restart"]
    assert spoken.lines() == ["command quit expects 0 arguments, got 1"]


def test_builtins_do_not_replace(spoken):
    """A user's command of the same name stays."""
    spoken.add("quit")
    spoken.table.add_builtins(restart=list, quit=list)
    spoken.table.handle("quit")
    assert spoken.calls == [("quit", [])]


@pytest.mark.parametrize(("replace", "kept"), [(True, 2), (False, 1)])
def test_later_definition(spoken, replace, kept):
    """A later definition replaces an earlier one unless told not to."""
    spoken.add("go", 1)
    spoken.add("go", 2, replace=replace)
    spoken.table.handle("go " + "x " * kept)
    assert len(spoken.calls) == 1


@pytest.mark.parametrize("name", ["a b", "", " a", "a\t", "#a"])
def test_name_no_line_can_reach(spoken, name):
    """Such a name is refused with a ValueError."""
    with pytest.raises(ConfigurationError) as caught:
        spoken.add(name)
    assert isinstance(caught.value, ValueError)


def test_negative_argc(spoken):
    """A number of arguments that cannot be is refused."""
    with pytest.raises(ConfigurationError):
        spoken.add("go", -1)


@pytest.mark.parametrize("error", [RuntimeError("broken"), SystemExit(3)])
def test_failing_command(spoken, error):
    """A command that raises is reported, and its error goes no further."""

    def fail(args):
        raise error

    spoken.table.add("fail", fail)
    spoken.table.handle("fail now")
    [(source, text, trace)] = spoken.errors
    assert (source, text) == (ERR_SOURCE_COMMAND, "exception executing command fail now")
    assert type(error).__name__ in trace[-1]


# -- completion ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "proposed"),
    [
        ("", ["_odd", "cache", "quit", "show"]),
        ("q", ["quit"]),
        ("quit", ["quit"]),  # takes no arguments: nothing to add
        ("show", ["show "]),  # takes some
        ("sh", ["show "]),
        ("ca", ["cache "]),
        ("cache", ["cache "]),  # more words may follow
        ("cache ", ["clear", "list"]),
        ("cache  l", ["list"]),
        ("cache_l", ["cache_list"]),
        ("cache clear", ["clear"]),
        ("_odd ", ["_name"]),
        ("nothing", []),
        ("# c", []),
        ("#c", []),
        ("quit ", []),
    ],
)
def test_names_are_completed_word_by_word(spoken, line, proposed):
    """Each Tab proposes the next word of a name."""
    for name, argc in (("cache_clear", 0), ("cache_list", 0), ("quit", 0), ("_odd__name", 0)):
        spoken.add(name, argc)
    spoken.add("show")
    assert spoken.table.complete(line) == proposed


def test_completer_is_asked(spoken):
    """A completer gets the finished words after the command, and the word being typed."""
    asked = []
    spoken.add("go", complete=lambda args, text: asked.append((args, text)) or ["b", "a", "b"])
    assert spoken.table.complete("go x y") == ["a", "b"]
    assert spoken.table.complete("go ") == ["a", "b"]
    assert asked == [(["x"], "y"), ([], "")]


def test_every_command_in_the_line_is_asked(spoken):
    """Proposals of all prefixes that are commands are merged with the words of names."""
    spoken.add("go", complete=lambda args, text: ["to"] if not args else ["far"])
    spoken.add("go_to", complete=lambda args, text: ["near"])
    spoken.add("go_to_sleep")
    assert spoken.table.complete("go ") == ["to "]
    assert spoken.table.complete("go to ") == ["far", "near", "sleep"]


def test_completer_without_proposals(spoken):
    """A completer may return None."""
    spoken.add("go", complete=lambda args, text: None)
    assert spoken.table.complete("go ") == []


def test_failing_completer(spoken):
    """A completer that raises is reported and proposes nothing."""
    spoken.add("go", complete=lambda args, text: 1 / 0)
    assert spoken.table.complete("go ") == []
    [(source, text, _)] = spoken.errors
    assert (source, text) == (ERR_SOURCE_COMMAND, "exception completing command go")
