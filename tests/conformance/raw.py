"""A client that sends bytes as they are, and how one case of a table is judged with it."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = tuple[str, int]

PATIENCE = 60.0  # seconds in which the server must answer, on a busy machine too
FRESH = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"  # the request that must always work
HELLO = b"hello"  # ... and its answer

KEPT = "kept"  # the connection takes another request
CLOSED = "closed"  # the server ends it
EITHER = "either"  # the rules allow both, and nothing depends on it


class Answer(NamedTuple):
    """One response as it came in."""

    version: str
    status: int
    fields: list[tuple[str, str]]
    body: bytes = b""

    def field(self, name: str) -> str | None:
        """The only value of a field, or None."""
        found = [value for key, value in self.fields if key.lower() == name.lower()]
        assert len(found) < 2, f"{name} is there {len(found)} times"
        return found[0] if found else None

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self.fields if key.lower() == name.lower()]


class Raw:
    """A connected socket that reads exactly one response at a time."""

    def __init__(self, address: Address) -> None:
        self.sock = socket.create_connection(address, PATIENCE)
        self.received = b""

    def send(self, *data: bytes) -> Raw:
        """Send all of it; the server may have stopped to listen already."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendall(b"".join(data))
        return self

    def finish(self) -> Raw:
        """Tell the server that nothing follows."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        return self

    def _more(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise EOFError(f"the server closed after {self.received[:200]!r}")
        self.received += data

    def take(self, count: int) -> bytes:
        """Exactly ``count`` bytes."""
        while len(self.received) < count:
            self._more()
        found, self.received = self.received[:count], self.received[count:]
        return found

    def line(self, end: bytes = b"\r\n") -> bytes:
        """What comes before ``end``."""
        while end not in self.received:
            self._more()
        found, _, self.received = self.received.partition(end)
        return found

    def rest(self) -> bytes:
        """Everything until the server closes."""
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                self._more()
        found, self.received = self.received, b""
        return found

    def answer(self, method: str = "GET") -> Answer:
        """The next response to a request with ``method``."""
        status_line, *lines = self.line(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        fields = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        found = Answer(version, int(status), fields)
        if method == "HEAD" or found.status < 200 or found.status in (204, 304):
            return found
        return found._replace(body=self._body(found))

    def _body(self, answer: Answer) -> bytes:
        length = answer.field("Content-Length")
        if answer.field("Transfer-Encoding") == "chunked":
            assert length is None
            pieces = []
            while size := int(self.line(), 16):
                pieces.append(self.take(size))
                assert self.take(2) == b"\r\n"
            assert self.line() == b""
            return b"".join(pieces)
        return self.rest() if length is None else self.take(int(length))

    def closed(self) -> bool:
        """Wait for the server to close; True when it did so without another byte."""
        try:
            return self.received == b"" and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()


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
    rows = list(cases)
    numbers = [case.number for case in rows]
    assert len(set(numbers)) == len(numbers), "two cases have one number"
    return pytest.mark.parametrize("case", rows, ids=[f"{row.number}: {row.what}" for row in rows])


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
    found = list(rows)
    numbers = [row.number for row in found]
    assert len(set(numbers)) == len(numbers), "two cases have one number"
    return pytest.mark.parametrize("ask", found, ids=[f"{row.number}: {row.what}" for row in found])


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
