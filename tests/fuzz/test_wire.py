"""Bytes on the wire: any of them, cut anywhere."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import checks_wire as wire

CUTS = st.lists(st.integers(0, 2000), max_size=6)
CRLF = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b"\r\n\r\n", b""])
NAMES = st.sampled_from(
    [b"Host", b"Content-Length", b"Transfer-Encoding", b"Connection", b"Expect", b"X", b"host"]
)
VALUES = st.sampled_from(
    [
        b"a",
        b"localhost:80",
        b"[::1]",
        b"5",
        b"0",
        b"-1",
        b"5, 5",
        b"chunked",
        b"gzip, chunked",
        b"close",
        b"keep-alive",
        b"100-continue",
        b"\xff",
        b"a b",
    ]
)
FIELDS = st.builds(
    lambda name, colon, value, end: name + colon + value + end,
    NAMES | st.binary(max_size=6),
    st.sampled_from([b": ", b":", b":", b" : ", b""]),
    VALUES | st.binary(max_size=12),
    CRLF,
)
LINES = st.builds(
    lambda method, target, version, end: b" ".join([method, target, version]) + end,
    st.sampled_from([b"GET", b"POST", b"OPTIONS", b"HEAD", b"CONNECT", b"get"])
    | st.binary(max_size=5),
    st.sampled_from([b"/", b"/a?b=c", b"*", b"http://h/p", b"//x", b"/a b", b"h:80", b"/#"])
    | st.binary(max_size=10),
    st.sampled_from([b"HTTP/1.1"] * 4 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.10", b""]),
    CRLF,
)
HEADS = st.builds(
    lambda before, line, fields, end, after: before + line + b"".join(fields) + end + after,
    st.sampled_from([b"", b"", b"\r\n", b"\n", b"\x16\x03\x01"]),
    LINES,
    st.lists(FIELDS, max_size=6),
    CRLF,
    st.binary(max_size=8),
)
SIZES = st.sampled_from(
    [b"0", b"1", b"5", b"a", b"FF", b"-1", b"0x1", b"5;x=y", b"5 ;", b"", b"1_0"]
)
CODED = st.lists(SIZES | CRLF | st.binary(max_size=6), max_size=12).map(b"".join)
ANSWERS = st.builds(
    lambda line, fields, end: line + b"".join(fields) + end,
    st.sampled_from([b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 304 \r\n", b"HTTP/1.1 999 x\r\n", b"x"]),
    st.lists(FIELDS, max_size=4),
    CRLF,
)


@given(HEADS | st.binary(max_size=200), CUTS)
@settings(max_examples=4 * settings().max_examples)
def test_a_head_means_the_same_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    """And is refused with a status of its own, or clean."""
    wire.check_head(data, cuts)


@given(CODED, CUTS)
@settings(max_examples=2 * settings().max_examples)
def test_chunks_mean_the_same_however_they_are_cut(data: bytes, cuts: list[int]) -> None:
    """And mean what the standard says."""
    wire.check_chunked(data, cuts)


@given(st.lists(st.binary(max_size=400), max_size=6), CUTS, st.binary(max_size=9))
def test_chunks_of_ours_can_be_read(pieces: list[bytes], cuts: list[int], after: bytes) -> None:
    """What follows them is left for the next request."""
    wire.check_encoded_chunks(pieces, cuts, after)


@given(ANSWERS | st.binary(max_size=60), CUTS, st.sampled_from(["GET", "HEAD"]))
def test_answers_of_other_servers(data: bytes, cuts: list[int], method: str) -> None:
    """They mean the same however they are cut, or are refused."""
    wire.check_answer_head(data, cuts, method)


def answers(server: Any, pieces: list[bytes]) -> list[bytes]:
    """The first lines of what a server answers to a connection."""
    with socket.create_connection(server.server_address[:2], 20) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            try:
                sock.sendall(piece)
            except OSError:  # it has refused and closed
                break
        try:
            sock.shutdown(socket.SHUT_WR)
            data = b"".join(iter(lambda: sock.recv(65536), b""))
        except OSError:
            return []
    return re.findall(rb"HTTP/1\.1 [0-9]{3} [A-Za-z' -]+", data)


@pytest.fixture(scope="module")
def server() -> Any:
    """One for all inputs."""
    from quick_htag import MessageLog, Settings, create_server
    from tests.fuzz.targets import Nowhere

    with create_server(("", 0), log=MessageLog(Nowhere()), settings=Settings(backlog=64)) as made:
        made.no_command_loop = True

        @made.text_post("/")
        @made.text_get("/")
        def echo(req: Any, args: Any) -> str:
            return "ok"

        made.start()
        yield made
        made.shutdown()


@given(HEADS | st.binary(max_size=100), CUTS)
def test_a_server_answers_and_goes_on(server: Any, data: bytes, cuts: list[int]) -> None:
    """Never with 500, and the next client is answered whatever came before."""
    for line in answers(server, [data]):
        assert not line.startswith(b"HTTP/1.1 500")
    hello = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert answers(server, [hello]) == [b"HTTP/1.1 200 OK"]


PIPELINE = (
    b"POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n0\r\n\r\n"
    b"GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n"
    b"POST /c HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nGET "
    b"GET /d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
)


@given(st.lists(st.integers(0, len(PIPELINE)), max_size=12))
def test_requests_behind_each_other_may_be_cut_anywhere(server: Any, cuts: list[int]) -> None:
    """Each is answered, in order, and what is in a body is none."""
    ends = [*sorted(cuts), len(PIPELINE)]
    pieces = [PIPELINE[start:end] for start, end in zip([0, *sorted(cuts)], ends, strict=True)]
    assert [line[9:12] for line in answers(server, pieces)] == [b"200", b"200", b"200", b"200"]
