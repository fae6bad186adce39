"""Commands as scripts register them on a server; see also the tests of the table."""

from io import StringIO

import pytest

from quick_htag import ConfigurationError, MessageLog, create_server


@pytest.fixture
def lines():
    """What was logged."""
    return StringIO()


@pytest.fixture
def server(lines):
    """A server that does not serve."""
    with create_server(("", 0), log=MessageLog(lines)) as server:
        yield server


def test_a_function_becomes_a_command(server, lines):
    """The decorator takes the name of the function and gives it back."""

    @server.cmd(argc=1)
    def say_hello(args):
        server.log.message(f"hello {args[0]}")

    server.handle_cmd("say hello Ada")
    say_hello(["Bob"])
    assert lines.getvalue() == "[SERVER] hello Ada\n[SERVER] hello Bob\n"


def test_an_earlier_command_can_be_kept(server, lines):
    """A later one replaces it unless it says otherwise."""
    server.add_cmd_method("say", lambda args: server.log.message("first"))

    @server.cmd(no_replace=True)
    def say(args):
        server.log.message("second")

    server.handle_cmd("say")
    server.add_cmd_method("say", say)
    server.handle_cmd("say")
    assert lines.getvalue() == "[SERVER] first\n[SERVER] second\n"


def test_the_builtin_commands_are_there(server):
    """They exist without a prompt, and the user's own of the same name win."""
    done = []
    server.add_cmd_method("quit", lambda args: done.append(args), argc=0)
    server.handle_cmd("quit")
    assert done == [[]]
    assert not server.done
    assert {"help", "restart", "quit", "sessions"} <= set(server.commands.names())


@pytest.mark.parametrize("argc", [lambda args: None, -1, "1", 1.0])
def test_a_command_that_cannot_be_typed_is_refused(server, argc):
    """Without its parentheses a decorator would register nothing, and nobody would hear of it."""
    with pytest.raises(ConfigurationError, match="parentheses" if callable(argc) else "argc"):
        server.cmd(argc)(lambda args: None)
