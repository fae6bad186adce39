"""Sources of lines, on pipes of this process. Terminals: test_prompt.py."""

from __future__ import annotations

import io
import os
import sys

import pytest

from quick_htag.process.lines import (
    ConsoleLines,
    DescriptorLines,
    NoLines,
    open_lines,
)
from quick_htag.process.wakeup import Wakeup

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="select() on pipes")


class Pipe:
    """A source on the reading end of a pipe."""

    def __init__(self, encoding="utf-8", selectable=True):
        self.reader, self.writer = os.pipe()
        self.wakeup = Wakeup()
        self.lines = DescriptorLines(self.reader, encoding, lambda: "> ", self.wakeup, selectable)

    def send(self, data: bytes) -> None:
        """Write what is to be read."""
        os.write(self.writer, data)

    def end(self) -> None:
        """No more will come."""
        os.close(self.writer)
        self.writer = -1

    def close(self) -> None:
        """Close everything."""
        self.wakeup.close()
        os.close(self.reader)
        if self.writer >= 0:
            os.close(self.writer)


@pytest.fixture(params=[True, False], ids=["select", "blocking"])
def pipe(request):
    """A source on a pipe, with and without select()."""
    made = Pipe(selectable=request.param)
    yield made
    made.close()


def test_lines(pipe):
    """Lines come without their ends, of either kind; empty ones too."""
    pipe.send("ä b\r\n\nc\n".encode())
    assert [pipe.lines.read() for _ in range(3)] == ["ä b", "", "c"]


def test_nothing_behind_the_line_is_taken(pipe):
    """What follows a line stays in the pipe."""
    pipe.send(b"first\nsecond\n")
    assert pipe.lines.read() == "first"
    assert os.read(pipe.reader, 100) == b"second\n"


def test_last_line_without_end(pipe):
    """The end of input ends a line, and is told after it."""
    pipe.send(b"last")
    pipe.end()
    assert pipe.lines.read() == "last"
    with pytest.raises(EOFError):
        pipe.lines.read()


def test_bytes_that_are_no_text(pipe):
    """They are replaced, not refused."""
    pipe.send(b"a\xffb\n")
    assert pipe.lines.read() == "a\ufffdb"


def test_woken(pipe):
    """A woken source has no next line."""
    pipe.send(b"line\n")
    pipe.wakeup.wake()
    assert pipe.lines.read() is None


def test_prompt_is_printed(pipe, capsys):
    """Each read prints the prompt on stdout."""
    pipe.send(b"\n")
    pipe.lines.read()
    assert capsys.readouterr().out == "> "


@pytest.mark.parametrize("stdout", ["none", "closed"])
def test_prompt_nobody_can_see(pipe, monkeypatch, stdout):
    """Lines are read although stdout is missing or closed."""
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", None if stdout == "none" else closed)
    pipe.send(b"line\n")
    assert pipe.lines.read() == "line"


def test_descriptor_that_does_not_block(pipe):
    """Input in non-blocking mode that is there is read."""
    os.set_blocking(pipe.reader, False)
    pipe.send(b"line\n")
    assert pipe.lines.read() == "line"


def test_no_lines():
    """Without input there is only the end of it."""
    with pytest.raises(EOFError):
        NoLines().read()


def opened():
    """The source for what sys.stdin is now."""
    wakeup = Wakeup()
    try:
        return open_lines(lambda: "", lambda line: [], lambda: "", wakeup)
    finally:
        wakeup.close()


def test_missing_stdin(monkeypatch):
    """A process without stdin has no lines."""
    monkeypatch.setattr(sys, "stdin", None)
    assert type(opened()) is NoLines


def test_closed_stdin(monkeypatch):
    """A closed stdin has no lines."""
    reader, writer = os.pipe()
    stdin = os.fdopen(reader)
    stdin.close()
    os.close(writer)
    monkeypatch.setattr(sys, "stdin", stdin)
    assert type(opened()) is NoLines


def test_stdin_without_descriptor(monkeypatch):
    """An object in stdin's place is read through input()."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("line\n"))
    source = opened()
    assert type(source) is ConsoleLines


def test_console(monkeypatch):
    """A console source reads lines, and none once it is woken."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("line\n"))
    wakeup = Wakeup()
    source = ConsoleLines(lambda: "", wakeup)
    assert source.read() == "line"
    with pytest.raises(EOFError):
        source.read()
    wakeup.wake()
    assert source.read() is None
    wakeup.close()


def test_stdin_pipe(monkeypatch):
    """A pipe is read by its descriptor."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert type(opened()) is DescriptorLines
    os.close(writer)
