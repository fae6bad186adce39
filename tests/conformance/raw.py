"""A client that sends bytes as they are, and how one case of a table is judged with it."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.wire import Answer, Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Address = tuple[str, int]

FRESH = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"  # the request that must always work
HELLO = b"hello"  # ... and its answer

KEPT = "kept"  # the connection takes another request
CLOSED = "closed"  # the server ends it
EITHER = "either"  # the rules allow both, and nothing depends on it


class Raw(Wire):
    """A client that bears whatever the server does."""

    def send(self, *data: bytes) -> Raw:
        """Send all of it; the server may have stopped to listen already."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().send(*data)
        return self

    def finish(self) -> Raw:
        """Tell the server that nothing follows."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        return self

    def rest(self) -> bytes:
        """Everything until the server closes, in whatever way."""
        with contextlib.suppress(ConnectionResetError):
            return super().rest()
        found, self.received = self.received, b""
        return found


class Case(NamedTuple):
    """One line of a table.

    Attributes:
        number: the RFC, its section and a number of its own: "9112-6.3-05".
        what: what is special about it.
        sent: the bytes.
        statuses: of the answers, in order; empty: the server closes without one.
        after: what becomes of the connection.
        why: the reason for this and no other outcome.
        bodies: what the last answers have as content; None: nobody looks.
        end: the client sends nothing more, and says so.

    """

    number: str
    what: str
    sent: bytes
    statuses: tuple[int, ...]
    after: str
    why: str
    bodies: tuple[bytes, ...] | None = None
    end: bool = False

    def __repr__(self) -> str:
        return f"{self.number}: {self.what} ({self.why})"


def params(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """One test per case, named by its number."""
    return _each("case", list(cases))


def _each(name: str, rows: Sequence[Case | Ask]) -> pytest.MarkDecorator:
    numbers = [row.number for row in rows]
    assert len(set(numbers)) == len(numbers), "two cases have one number"
    return pytest.mark.parametrize(name, rows, ids=[f"{row.number}: {row.what}" for row in rows])


def judge(address: Address, case: Case) -> None:
    """Send the bytes of a case and look at all that must hold then."""
    with Raw(address) as client:
        client.send(case.sent)
        if case.end:
            client.finish()
        answers = [client.answer() for _ in case.statuses]
        assert tuple(answer.status for answer in answers) == case.statuses, case
        if case.bodies is not None:
            assert tuple(answer.body for answer in answers[-len(case.bodies) :]) == case.bodies
        for answer in answers:
            assert answer.version == "HTTP/1.1"
            assert answer.status < 200 or answer.field("Date"), "RFC 9110 section 6.6.1"
        if case.after == KEPT:
            assert client.send(FRESH).answer().body == HELLO, case
        elif case.after == CLOSED:
            if answers and not case.end:
                assert answers[-1].field("Connection") == "close", "RFC 9112 section 9.6"
            assert client.closed(), case
    still_answers(address)


def still_answers(address: Address) -> None:
    """Whatever was sent, the next client is served."""
    with Raw(address) as client:
        answer = client.send(FRESH).answer()
        assert (answer.status, answer.body) == (200, HELLO)


def request(
    *lines: bytes | str,
    start: bytes | str = b"GET /hello HTTP/1.1",
    host: bool = True,
    body: bytes = b"",
) -> bytes:
    """A request line, ``Host: test`` unless it is left out, more field lines and a body."""
    all_lines = [start, *([b"Host: test"] if host else []), *lines, b"", b""]
    head = b"\r\n".join(x.encode("latin-1") if isinstance(x, str) else x for x in all_lines)
    return head + body


def post(*lines: bytes | str, body: bytes = b"", path: str = "/echo") -> bytes:
    """A POST whose body is what ``/echo`` answers."""
    return request(*lines, start=f"POST {path} HTTP/1.1", body=body)


class Ask(NamedTuple):
    """One line of a table about what requests mean: their framing is right.

    Attributes:
        number: the RFC, its section and a number of its own.
        what: what is special about it.
        method: the request method.
        path: the request target.
        lines: field lines beside ``Host``.
        status: of the answer.
        why: the reason for this and no other outcome.
        fields: of the answer; None: such a field must not be there.
        body: its content; None: nobody looks.

    """

    number: str
    what: str
    method: str
    path: str
    lines: tuple[str, ...]
    status: int
    why: str = ""
    fields: tuple[tuple[str, str | None], ...] = ()
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"{self.number}: {self.what} ({self.why})"


def asks(rows: Iterable[Ask]) -> pytest.MarkDecorator:
    """One test per line, named by its number."""
    return _each("ask", list(rows))


def judge_ask(address: Address, ask: Ask) -> Answer:
    """Send the request and look at all that must hold then; its connection must stay."""
    with Raw(address) as client:
        client.send(request(*ask.lines, start=f"{ask.method} {ask.path} HTTP/1.1"))
        answer = client.answer(ask.method)
        assert answer.status == ask.status, ask
        assert answer.field("Date"), "RFC 9110 section 6.6.1"
        for name, value in ask.fields:
            assert answer.field(name) == value, f"{ask}: {name}"
        if ask.body is not None:
            assert answer.body == ask.body, ask
        if answer.status in (204, 304):
            assert answer.field("Content-Length") is None, "RFC 9110 section 8.6"
            assert answer.field("Transfer-Encoding") is None, "RFC 9112 section 6.1"
        assert client.send(FRESH).answer().body == HELLO, ask
    still_answers(address)
    return answer
