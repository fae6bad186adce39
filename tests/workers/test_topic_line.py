"""Topics between workers."""

from __future__ import annotations

import sys

import pytest

from quick_htag import StoreUnavailable
from quick_htag.workers.topic_line import WorkersLine
from tests.patience import until


class Worker:
    """Passes on what is published."""

    def __init__(self):
        self.listeners = []
        self.there = True

    def hear(self, listener):
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def publish(self, topic, text):
        for listener in self.listeners:
            listener(topic, text)
        return self.there


def test_servers_of_one_program_do_not_hear_each_other():
    """Each has topics of its own."""
    worker, found = Worker(), []
    lines = [WorkersLine(worker, prefix) for prefix in ("1 ", "2 ")]
    for line in lines:
        line.open(
            set, lambda topic, text, line=line: found.append((lines.index(line), topic)), print
        )
    lines[0].send("news", "x")
    assert found == [(0, "news")]
    for line in lines:
        line.close()
    assert worker.listeners == []


def test_without_a_supervisor_nobody_hears():
    """And who publishes is told."""
    worker = Worker()
    worker.there = False
    with pytest.raises(StoreUnavailable, match="supervisor"):
        WorkersLine(worker, "").send("news", "x")


@pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")
def test_every_worker_hears(steady):
    """Whoever has published."""
    program = steady
    program.workers(2)
    program.ask("/news?say=hello")
    heard = {}

    def all_heard():
        told = program.ask("/news")
        heard[told["pid"]] = told["heard"]
        return list(heard.values()) == [["hello"], ["hello"]]

    until(all_heard)
