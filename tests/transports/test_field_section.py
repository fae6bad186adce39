"""Header sections by themselves; test_request_parser has what is refused, and why."""

from __future__ import annotations

import pytest

from quick_htag.errors import ProtocolError
from quick_htag.settings import Settings
from quick_htag.transports.field_section import SectionMemory, is_host, parse_section
from quick_htag.transports.request_parser import HeadParser


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"A: b", "b"),
        (b"A:b", "b"),
        (b"A:", ""),
        (b"A: \t", ""),
        (b"A:\t b c \t", "b c"),
        (b"A: b: c", "b: c"),
        (b"A: \xe9", "\xe9"),
    ],
)
def test_a_value_is_what_is_between_the_blanks(line, value):
    """Blanks before and after it do not count, those inside do (RFC 9110 section 5.5)."""
    section = parse_section(b"X: y\r\n" + line + b"\r\nZ: z\r\n", Settings())
    assert section.headers.pairs() == (("X", "y"), ("A", value), ("Z", "z"))


@pytest.mark.parametrize("block", [b"Host: x\r\nHost: x\r\n", b"Host: x, x\r\n", b"Host: x y\r\n"])
def test_two_hosts_are_none(block):
    """However they are written (RFC 9112 section 3.2)."""
    with pytest.raises(ProtocolError):
        parse_section(block, Settings())


@pytest.mark.parametrize("text", ["x", "x:80", "", "[::1]:80", "a" * 300])
def test_hosts(text):
    """Long ones as well, which are not remembered."""
    assert is_host(text)
    assert parse_section(f"Host: {text}\r\n".encode(), Settings()).has_host


def test_header_sections_are_remembered_for_other_connections():
    """As objects that are shared; the request line is read each time."""
    memory = SectionMemory()
    parsers = [HeadParser(Settings()) for _ in range(2)]
    for parser in parsers:
        parser.memory = memory
    fields = b"Host: x\r\nCookie: a=b\r\n\r\n"
    first = parsers[0].parse(b"GET /1 HTTP/1.1\r\n" + fields)
    second = parsers[1].parse(b"HEAD /2 HTTP/1.1\r\n" + fields)
    assert first is not None
    assert second is not None
    assert second[0].headers is first[0].headers
    assert (second[0].method, second[0].target) == ("HEAD", "/2")


def test_passwords_are_not_remembered():
    """Beyond the connection they came by."""
    memory, parser = SectionMemory(), HeadParser(Settings())
    parser.memory = memory
    fields = b"Host: x\r\nAuthorization: Basic YTpi\r\n"
    assert parser.parse(b"GET / HTTP/1.1\r\n" + fields + b"\r\n") is not None
    assert memory.get(fields) is None


def test_a_malformed_section_is_refused_each_time():
    """Only what was understood is remembered."""
    memory = SectionMemory()
    for _ in range(2):
        parser = HeadParser(Settings())
        parser.memory = memory
        with pytest.raises(ProtocolError):
            parser.parse(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")


def test_few_sections_are_remembered():
    """However many different ones come."""
    memory, parser = SectionMemory(), HeadParser(Settings())
    parser.memory = memory
    sections = [b"Host: x\r\nX-Number: %d\r\n" % number for number in range(1000)]
    for section in [*sections, b"Host: x\r\nX-Large: %s\r\n" % (b"x" * 5000)]:
        assert parser.parse(b"GET / HTTP/1.1\r\n" + section + b"\r\n") is not None
    assert 0 < sum(memory.get(section) is not None for section in sections) <= 64
