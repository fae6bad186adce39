"""The words of the command line."""

from __future__ import annotations

import pytest

from quick_htag.command_line.arguments import argument_parser, parse
from quick_htag.guis.transports import TRANSPORTS


def read(*words):
    """What they mean."""
    return parse(argument_parser(), words)


def test_defaults():
    """This machine only, port 8080, no target, and an app as ``bind_htag`` has it."""
    given, rest = read()
    assert (given.address, given.port, given.www, given.target) == ("localhost", 8080, None, None)
    assert (given.open, given.reload, given.debug, given.parano) == (False, False, None, False)
    assert (given.isolation, given.transports, rest) == (None, TRANSPORTS, [])


def test_short_and_long_names():
    """Are the same."""
    assert read("-a", "x", "-p", "1") == read("--host", "x", "--port", "1")
    assert read("--transport", "sse,poll")[0].transports == ("sse", "poll")


def test_what_follows_two_dashes_is_for_a_script():
    """Even if it looks like an option."""
    given, rest = read("a.py", "--", "--port", "x", "--")
    assert (given.target, given.port, rest) == ("a.py", 8080, ["--port", "x", "--"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-p", "65536"], "a port is a number from 0 to 65535, not 65536"),
        (["-p", "http"], "a port is a number from 0 to 65535, not http"),
        (["--workers", "0"], "the workers are a number from 1 on, not 0"),
        (["a.py", "--workers", "2", "--reload"], "--reload is for one process"),
        (["--www", "nowhere"], "there is no folder 'nowhere'"),
        (["--cert", "nowhere"], "there is no file 'nowhere'"),
        (["--key", __file__], "give that as --cert"),
        (["--transports", "smoke"], "smoke"),
        (["--isolation", "fork"], "invalid choice"),
        (["a.py", "--www", "."], "a target or --www, not both"),
        (["--", "x"], "is for a script"),
        (["a.py", "b.py"], "unrecognized arguments: b.py"),
    ],
)
def test_mistakes_are_explained(words, said, capsys):
    """And the program ends with 2."""
    with pytest.raises(SystemExit) as caught:
        read(*words)
    assert (caught.value.code, said in capsys.readouterr().err) == (2, True)


def test_help_names_every_option(capsys):
    """With its meaning, and examples."""
    with pytest.raises(SystemExit):
        read("--help")
    text = capsys.readouterr().out
    for word in ("-a", "--host", "-p", "--port", "--www", "--cert", "--key", "--open", "--reload"):
        assert word in text
    for word in ("--debug", "--parano", "--transports", "--isolation", "--per-tab", "--persist"):
        assert word in text
    for word in ("--store", "--version", "localhost", "8080", "examples:", "module:App"):
        assert word in text
