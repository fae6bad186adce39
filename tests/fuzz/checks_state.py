"""Promises about what a server keeps, and who may ask for it: tokens, stores, jobs, the prompt."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from quick_htag.errors import ConfigurationError, HTTPError, NotStorable
from quick_htag.interfaces import Store
from quick_htag.logs import MessageLog
from quick_htag.monitor.rows import JobRow, SessionRow, TokenRow
from quick_htag.monitor.selection import propose, select
from quick_htag.process.commands import CommandTable
from quick_htag.settings import Settings
from quick_htag.stores.tokens import Tokens
from quick_htag.stores.values import decode, encode
from tests.fuzz.checks_bodies import same


def check_token(key: Any, value: Any) -> None:
    """Any text is a token or is refused with a status; what is stored is found, by it alone."""
    tokens = Tokens(None, Settings(max_tokens=100))
    try:
        with tokens.open(key) as data:
            data["value"] = value
    except HTTPError as error:
        assert error.status == 400
        return
    assert tokens.all() == [key]
    assert tokens.open(key, readonly=True)["value"] is value
    other = key[:-1] + ("b" if key.endswith("a") else "a")
    assert not tokens.open(other, readonly=True)
    strict = Tokens(None, Settings(issued_tokens_only=True))
    try:
        strict.open(key)
    except HTTPError as error:
        assert error.status == 403
    else:
        raise AssertionError("a token that nobody has issued")


def check_value(value: Any) -> None:
    """A value comes out of a store as it went in, or is refused with its place."""
    try:
        text = encode(value)
    except NotStorable:
        return
    assert text.isascii()
    assert same(decode(text), _listed(value))


def _listed(value: Any) -> Any:
    return json.loads(json.dumps(value))


def check_store(store: Store, steps: Iterable[tuple[str, str, Any]]) -> None:
    """A store is a dict: keys are never taken for others, and prefixes are no patterns."""
    model: dict[str, Any] = {}
    for key in store.keys(""):  # of a run that failed
        store.delete(key)
    for name, key, value in steps:
        try:
            _step(store, model, name, key, value)
        except NotStorable:
            assert key not in model or value is not None
    assert sorted(store.keys("")) == sorted(model)
    for key in model:
        store.delete(key)


def _step(store: Store, model: dict[str, Any], name: str, key: str, value: Any) -> None:
    if name == "put":
        store.put(key, value)
        model[key] = _listed(value)
    elif name == "add":
        assert store.add(key, value) == (key not in model)
        model.setdefault(key, _listed(value))
    elif name == "delete":
        assert store.delete(key) == (model.pop(key, model) is not model)
    elif name == "update":
        store.update(key, lambda before: [before, value][-1:])
        model[key] = [_listed(value)]
    elif name == "keys":
        expected = sorted(one for one in model if one.startswith(key))
        assert sorted(store.keys(key)) == expected, (key, model)
    assert same(store.get(key), model.get(key))


class JobClient:
    """A server with a job, and the means to ask it."""

    def __init__(self, server: Any) -> None:
        from quick_htag.testing import TestClient

        server.json_worker("/job")(lambda args: args)
        self.client = TestClient(server.app)
        self.stranger = TestClient(server.app)
        self.client.get("/")

    def check(self, post: Any) -> None:
        """Any request of the protocol is answered or refused; the next job works."""
        answer = self.client.post("/job", json=post)
        assert answer.status in (200, 400, 403, 404), (answer.status, answer.text)
        if answer.status == 200:
            assert answer.json().keys() >= {"token", "done", "result", "continue"}


def check_prompt(line: str, names: Sequence[str]) -> None:
    """A line runs a command or is explained; what it may become begins like what is typed."""
    stream = io.StringIO()
    table = CommandTable(MessageLog(stream))
    ran: list[list[str]] = []
    table.add_builtins(restart=lambda: None, quit=lambda: None)
    for name in names:
        try:
            table.add(name, ran.append, complete=lambda args, text: [text + "x"])
        except ConfigurationError:
            continue
    table.handle(line)
    for one in ran:
        assert one == [word for word in one if word and not word.startswith("#")]
    last = line.split()[-1] if line.split() and not line[-1].isspace() else ""
    for proposal in table.complete(line):
        assert proposal.startswith(last)
    assert "Traceback" not in stream.getvalue()


def check_selection(words: Sequence[str]) -> None:
    """Words after ``sessions``, ``tokens`` and ``jobs`` are understood or explained."""
    for kind in (SessionRow, TokenRow, JobRow):
        try:
            select(words, kind).text([])
        except ConfigurationError as error:
            assert str(error)
        for word in words:
            propose(word, kind)
