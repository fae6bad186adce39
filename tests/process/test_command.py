"""One command: its words and its help."""

from __future__ import annotations

import pytest

from quick_htag.process.command import Command, help_of, overview, parse, spaced


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  a \t b  ", ["a", "b"]),
        ("a # b", ["a"]),
        ("a #b c", ["a"]),
        ("a#b", ["a#b"]),
        ("# a", []),
        ('"a b"', ['"a', 'b"']),
    ],
)
def test_words_of_a_line(line, words):
    """Words are split on white space without quoting; ``#`` at a word's start ends the line."""
    assert parse(line) == words


@pytest.mark.parametrize(
    ("name", "typed"),
    [("quit", "quit"), ("cache_clear", "cache clear"), ("_odd__name", "_odd _name"), ("a_", "a_")],
)
def test_a_name_as_it_is_typed(name, typed):
    """Underscores between words are spaces, others stay."""
    assert spaced(name) == typed


def test_the_overview_is_aligned():
    """Help begins in one column; a command without it is a bare name."""
    commands = [Command("go", print, help="Move.\n\nMore."), Command("stand_still", print)]
    assert overview(commands) == ["go           Move.", "stand still"]


def test_the_docstring_is_the_help():
    """Without its indentation."""

    def go(args):
        """Move.

        Now.
        """

    assert help_of(go) == "Move.\n\nNow."


@pytest.mark.parametrize("function", [lambda args: None, list, print])
def test_others_have_no_help(function):
    """The docstring of a class or of a built-in says nothing about a command."""
    assert help_of(function) == ""
