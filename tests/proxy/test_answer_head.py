"""Heads of answers, right and wrong."""

from __future__ import annotations

import pytest

from quick_htag.proxy.answer_head import MAX_HEAD, AnswerHead, BadAnswer, parse_answer_head


def _parse(text: str, method: str = "GET") -> AnswerHead:
    data = text.replace("\n", "\r\n").encode("latin-1")
    parsed = parse_answer_head(data, method)
    assert parsed is not None
    assert parsed[1] == len(data)
    return parsed[0]


def test_a_head_is_read() -> None:
    """Status, fields, and what is known about the body."""
    head = _parse("HTTP/1.1 200 OK\nA: b\nA:c\nContent-Length: 5\n\n")
    assert (head.status, head.length, head.chunked, head.reusable) == (200, 5, False, True)
    assert head.headers.get_all("a") == ["b", "c"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_some_answers_have_no_body(method: str, status: int) -> None:
    """HEAD, 204 and 304 end with their head, whatever length they announce."""
    head = _parse(f"HTTP/1.1 {status} \nContent-Length: 5\n\n", method)
    assert (head.length, head.announced, head.reusable) == (0, 5, True)


def test_without_a_length_the_end_is_the_close() -> None:
    """Such a connection is not used again."""
    head = _parse("HTTP/1.1 200 OK\n\n")
    assert (head.length, head.chunked, head.reusable) == (None, False, False)


@pytest.mark.parametrize("fields", ["Connection: close\n", "Connection: x, Close\n"])
def test_a_closing_connection_is_not_used_again(fields: str) -> None:
    """Connection: close is believed."""
    assert not _parse(f"HTTP/1.1 200 OK\nContent-Length: 0\n{fields}\n").reusable


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "HTTP/2 200\n\n",
        "HTTP/1.1 20 OK\n\n",
        "HTTP/1.1 200 OK\nno colon\n\n",
        "HTTP/1.1 200 OK\nA: b\n folded\n\n",
        "HTTP/1.1 200 OK\nContent-Length: -1\n\n",
        "HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\n",
        "HTTP/1.1 200 OK\nContent-Length: 1\nTransfer-Encoding: chunked\n\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\n",
        "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n",
        "HTTP/1.1 200 OK\n" + "A: b\n" * 201 + "\n",
        "HTTP/1.1 200 OK\nA: " + "b" * MAX_HEAD,
    ],
)
def test_what_is_not_clear_is_refused(text: str) -> None:
    """No guess is made about an answer that breaks the rules."""
    with pytest.raises(BadAnswer):
        _parse(text)


def test_half_a_head_waits() -> None:
    """Every beginning of a head may become one."""
    data = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
    assert all(parse_answer_head(data[:end], "GET") is None for end in range(len(data)))
