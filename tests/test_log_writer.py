"""Lines for a reader who does not read: nobody waits for him."""

from __future__ import annotations

import contextlib
import io
import os
import re
import threading
from collections.abc import Iterator
from typing import TextIO

import pytest

from quick_htag import log_writer
from quick_htag.log_writer import LineWriter
from tests.patience import until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows cannot tell who would wait")

LINE = "x" * 99 + "\n"


class Pipe:
    """A pipe as a text file, and what was read of it."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.reader = os.fdopen(reading, "rb")
        self.file: TextIO = os.fdopen(writing, "w", encoding="utf-8")

    def fill(self) -> int:
        """Write until nothing fits; how much it was."""
        count = 0
        os.set_blocking(self.file.fileno(), False)
        try:
            while True:
                count += os.write(self.file.fileno(), b"." * 4096)
        except BlockingIOError:
            os.set_blocking(self.file.fileno(), True)
            return count

    def read(self, count: int) -> bytes:
        """So many bytes."""
        return self.reader.read(count)


@pytest.fixture
def pipe(no_thread_left: None) -> Iterator[Pipe]:
    """One that is closed when the test is over."""
    pipe = Pipe()
    yield pipe
    pipe.reader.close()
    with contextlib.suppress(BrokenPipeError):  # of what did not fit
        pipe.file.close()


def test_lines_are_written_at_once(pipe: Pipe) -> None:
    """While there is room, by whoever logs."""
    LineWriter().write(pipe.file, "a\nb\n")
    assert pipe.read(4) == b"a\nb\n"


def test_a_file_in_memory_takes_everything() -> None:
    """It has no number that the system knows."""
    file = io.StringIO()
    LineWriter().write(file, LINE * 1000)
    assert file.getvalue() == LINE * 1000


def test_nobody_waits_for_who_does_not_read(pipe: Pipe) -> None:
    """What was written meanwhile arrives in its order once he does."""
    writer, filled = LineWriter(), pipe.fill()
    for number in range(3):
        writer.write(pipe.file, f"{number}\n")
    assert pipe.read(filled + 6)[filled:] == b"0\n1\n2\n"


def test_a_long_text_does_not_wait_either(pipe: Pipe) -> None:
    """It is more than a pipe holds, and arrives whole, with nothing inside of it."""
    writer, text = LineWriter(), LINE * 5000
    writer.write(pipe.file, text)
    writer.write(pipe.file, "after\n")
    assert pipe.read(len(text) + 6) == text.encode() + b"after\n"


def test_what_nobody_reads_is_dropped(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow; how much it was is told to who reads again."""
    monkeypatch.setattr(log_writer, "_MOST", 1000)
    writer, filled = LineWriter(), pipe.fill()
    for _ in range(30):
        writer.write(pipe.file, LINE)
    assert pipe.read(filled + 900)[filled:] == LINE.encode() * 9
    writer.write(pipe.file, "again\n")
    kept, told = 9, 0
    for line in iter(pipe.reader.readline, b"again\n"):
        if line == LINE.encode():
            kept += 1
        else:  # more than once, when the thread begins to write in the middle of the lines
            number = int(re.findall(rb"[0-9]+", line)[0])
            assert line == b"[SERVER] %d lines were dropped, as nobody has read them\n" % number
            told += number
    assert told >= 10
    assert kept + told == 30


def test_a_reader_who_leaves_ends_it(pipe: Pipe) -> None:
    """Nothing waits for somebody who has gone."""
    pipe.fill()
    LineWriter().write(pipe.file, LINE)
    pipe.reader.close()
    until(lambda: all(one.name != "quick_htag-log" for one in threading.enumerate()))


def test_without_a_thread_lines_are_dropped(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that logs goes on in any case."""

    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    writer, filled = LineWriter(), pipe.fill()
    monkeypatch.setattr(threading.Thread, "start", start)
    writer.write(pipe.file, "lost\n")
    assert len(pipe.read(filled)) == filled
    writer.write(pipe.file, "there\n")
    assert pipe.read(6) == b"there\n"
