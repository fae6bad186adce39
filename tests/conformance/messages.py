"""The table of frames of RFC 6455 sections 5 to 8 and 10, for an address that sends all back."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from tests.conformance.frames import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    Frame,
    closing,
    frame,
)

PROTOCOL, BAD_TEXT, TOO_BIG = 1002, 1007, 1009
OPEN = -1  # it stays open
SILENT = None  # a close frame without a code


class Sent(NamedTuple):
    """Some frames of a client and what they lead to.

    Attributes:
        number: the RFC, its section and a number of its own.
        what: what is special about it.
        data: the bytes.
        back: frames of the server.
        code: of its close frame, which follows them; ``OPEN``: there is none.
        why: the reason for this and no other outcome.
        path: the address; all of them echo.

    """

    number: str
    what: str
    data: bytes
    back: tuple[Frame, ...]
    code: int | None
    why: str = ""
    path: str = "/ws"


def echo(number: str, what: str, data: bytes, text: bytes, why: str = "", kind: int = TEXT) -> Sent:
    """Frames that are one message."""
    return Sent(number, what, data, (Frame(kind, text),), OPEN, why)


def fails(number: str, what: str, data: bytes, code: int, why: str = "") -> Sent:
    """Frames that end it."""
    return Sent(number, what, data, (), code, why)


def sizes() -> list[Sent]:
    """Every length at which another form of writing it begins."""
    found = []
    for at, size in enumerate((0, 1, 124, 125, 126, 127, 128, 255, 65535, 65536, 200_000)):
        for kind, name in ((TEXT, "text"), (BINARY, "binary")):
            data = b"*" * size
            number = f"6455-5.2-{20 + at * 2 + kind - 1}"
            found.append(echo(number, f"{name} of {size} bytes", frame(kind, data), data, "", kind))
    return found


def reserved() -> list[Sent]:
    """Reserved bits and opcodes."""
    found = []
    for bits in range(1, 8):
        for opcode in (TEXT, CLOSE, PING):
            number = f"6455-5.2-r{bits}{opcode:x}"
            what = f"reserved bits {bits:03b}, opcode {opcode:x}"
            data = frame(opcode, rsv=bits)
            found.append(fails(number, what, data, PROTOCOL, "MUST be 0 unless agreed on"))
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for fin in (True, False):
            number = f"6455-5.2-o{opcode:x}{fin:d}"
            what = f"opcode {opcode:x}, fin {fin:d}"
            found.append(
                fails(number, what, frame(opcode, b"a", fin=fin), PROTOCOL, "unknown: MUST fail")
            )
    return found


def codes() -> list[Sent]:
    """Close codes that may be sent, and those that may not."""
    found = []
    for code in (*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999):
        found.append(fails(f"6455-7.4-{code}", f"close with {code}", closing(code), code, "echoed"))
    for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535):
        why = "MUST NOT be in a frame (section 7.4)"
        found.append(fails(f"6455-7.4-{code}", f"close with {code}", closing(code), PROTOCOL, why))
    return found  # fmt: skip


def split(text: bytes, *cuts: int) -> bytes:
    """A text message in fragments that end at these bytes."""
    edges = [0, *cuts, len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(edges)]
    last = len(pieces) - 1
    return b"".join(
        frame(CONT if at else TEXT, piece, fin=at == last) for at, piece in enumerate(pieces)
    )


WORD = "κόσμε 😀".encode()
BAD_UTF8 = {
    "lone continuation": b"\x80",
    "lone lead byte": b"\xc3",
    "cut at the end": WORD[:-1],
    "overlong of two": b"\xc0\xaf",
    "overlong of three": b"\xe0\x80\xaf",
    "overlong of four": b"\xf0\x80\x80\xaf",
    "overlong NUL": b"\xc0\x80",
    "first surrogate": b"\xed\xa0\x80",
    "last surrogate": b"\xed\xbf\xbf",
    "pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "FE": b"\xfe",
    "FF": b"\xff",
    "Latin-1": b"caf\xe9",
    "continuation too many": "ä".encode() + b"\x80",
}
GOOD_UTF8 = {
    "NUL": b"\0",
    "largest of one byte": b"\x7f",
    "smallest of two": b"\xc2\x80",
    "largest of two": b"\xdf\xbf",
    "smallest of three": b"\xe0\xa0\x80",
    "before the surrogates": b"\xed\x9f\xbf",
    "after the surrogates": b"\xee\x80\x80",
    "replacement character": b"\xef\xbf\xbd",
    "no character": b"\xef\xbf\xbe",
    "last of the first plane": b"\xef\xbf\xbf",
    "smallest of four": b"\xf0\x90\x80\x80",
    "largest of all": b"\xf4\x8f\xbf\xbf",
    "byte order mark": b"\xef\xbb\xbfa",
}


def texts() -> list[Sent]:
    """UTF-8 that is some, and that is none (section 8.1)."""
    found = []
    for at, (what, data) in enumerate(GOOD_UTF8.items(), 1):
        found.append(echo(f"6455-8.1-{at:02}", what, frame(TEXT, data), data, "RFC 3629"))
    for at, (what, data) in enumerate(BAD_UTF8.items(), 31):
        why = "MUST fail (section 8.1)"
        found.append(fails(f"6455-8.1-{at}", what, frame(TEXT, data), BAD_TEXT, why))
        found.append(
            fails(f"6455-7.1.6-{at}", f"reason: {what}", closing(1000, data), BAD_TEXT, why)
        )
        body = frame(BINARY, data)
        found.append(echo(f"6455-5.6-{at}", f"binary: {what}", body, data, "any bytes", BINARY))
    for at, cut in enumerate(range(1, len(WORD)), 61):
        found.append(echo(f"6455-8.1-{at}", f"cut after {cut} bytes", split(WORD, cut), WORD))
    return found


HALF = frame(TEXT, b"a", fin=False)
PIECE = frame(CONT, b"b", fin=False)
REST = frame(CONT, b"c")

SENT = [
    # -- masking, sections 5.1 and 5.3
    fails("6455-5.1-01", "text without mask", frame(TEXT, b"a", mask=None), PROTOCOL,
          "MUST close (section 5.1)"),
    fails("6455-5.1-02", "empty text without mask", frame(TEXT, mask=None), PROTOCOL, "ditto"),
    fails("6455-5.1-03", "ping without mask", frame(PING, mask=None), PROTOCOL, "ditto"),
    fails("6455-5.1-04", "close without mask", frame(CLOSE, b"\x03\xe8", mask=None), PROTOCOL,
          "ditto"),
    fails("6455-5.1-05", "second fragment without mask",
          HALF + frame(CONT, b"b", mask=None), PROTOCOL, "ditto"),
    echo("6455-5.3-01", "mask of zeros", frame(TEXT, b"abc", mask=bytes(4)), b"abc", "is a mask"),
    echo("6455-5.3-02", "mask of ones", frame(TEXT, b"abcde", mask=b"\xff" * 4), b"abcde"),
    echo("6455-5.3-03", "all bytes", frame(BINARY, bytes(range(256))), bytes(range(256)), "",
         BINARY),
    # -- lengths, section 5.2
    fails("6455-5.2-01", "64 bits with the first set", frame(BINARY, size="64", claimed=1 << 63),
          TOO_BIG, "more than we take in any case"),
    fails("6455-5.2-02", "an exabyte", frame(BINARY, size="64", claimed=1 << 60), TOO_BIG,
          "nothing is reserved for it"),
    fails("6455-5.2-03", "a byte more than a message may have",
          frame(BINARY, size="64", claimed=(1 << 20) + 1), TOO_BIG,
                "settings.websocket_max_message"),
    *sizes(),
    *reserved(),
    # -- fragments, section 5.4
    echo("6455-5.4-01", "two", HALF + REST, b"ac"),
    echo("6455-5.4-02", "three", HALF + PIECE + REST, b"abc"),
    echo("6455-5.4-03", "empty last", HALF + frame(CONT), b"a"),
    echo("6455-5.4-04", "empty first", frame(TEXT, fin=False) + REST, b"c"),
    echo("6455-5.4-05", "all empty", frame(TEXT, fin=False) + frame(CONT), b""),
    echo("6455-5.4-06", "1,000 of one byte",
         frame(TEXT, b"a", fin=False) + PIECE * 998 + REST, b"a" + b"b" * 998 + b"c"),
    echo("6455-5.4-07", "binary", frame(BINARY, b"\xff", fin=False) + REST, b"\xffc", "", BINARY),
    Sent("6455-5.4-08", "ping between", HALF + frame(PING, b"p") + REST,
         (Frame(PONG, b"p"), Frame(TEXT, b"ac")), OPEN, "control frames MAY be injected"),
    Sent("6455-5.4-09", "pong between", HALF + frame(PONG, b"p") + REST, (Frame(TEXT, b"ac"),),
         OPEN, "ditto"),
    Sent("6455-5.4-10", "ping between each", HALF + frame(PING, b"1") + PIECE + frame(PING, b"2")
         + REST, (Frame(PONG, b"1"), Frame(PONG, b"2"), Frame(TEXT, b"abc")), OPEN, "ditto"),
    fails("6455-5.4-11", "close between", HALF + closing(1000) + REST, 1000,
          "ditto; the message never came"),
    fails("6455-5.4-12", "close between, no code", HALF + frame(CLOSE), SILENT, "ditto"),
    fails("6455-5.4-20", "continuation of nothing", frame(CONT, b"a"), PROTOCOL, "nothing begun"),
    fails("6455-5.4-21", "continuation of nothing, more to come", frame(CONT, b"a", fin=False),
          PROTOCOL, "nothing begun"),
    fails("6455-5.4-22", "text within a message", HALF + frame(TEXT, b"b"), PROTOCOL,
          "fragments MUST NOT be interleaved"),
    fails("6455-5.4-23", "binary within a message", HALF + frame(BINARY, b"b"), PROTOCOL, "ditto"),
    fails("6455-5.4-24", "fragment of another within a message",
          HALF + frame(TEXT, b"b", fin=False), PROTOCOL, "ditto"),
    # -- control frames, section 5.5
    Sent("6455-5.5-01", "ping", frame(PING), (Frame(PONG, b""),), OPEN, "MUST be answered"),
    Sent("6455-5.5-02", "ping with data", frame(PING, b"abc"), (Frame(PONG, b"abc"),), OPEN,
         "the same data"),
    Sent("6455-5.5-03", "ping with all bytes", frame(PING, bytes(range(125))),
         (Frame(PONG, bytes(range(125))),), OPEN, "any bytes"),
    Sent("6455-5.5-04", "ping of 125", frame(PING, b"p" * 125), (Frame(PONG, b"p" * 125),), OPEN),
    Sent("6455-5.5-05", "ten pings", b"".join(frame(PING, b"%d" % at) for at in range(10)),
         tuple(Frame(PONG, b"%d" % at) for at in range(10)), OPEN, "each, in order"),
    Sent("6455-5.5-06", "pong nobody asked for", frame(PONG, b"a"), (), OPEN, "is ignored"),
    Sent("6455-5.5-07", "100 pongs", frame(PONG, b"a") * 100, (), OPEN, "are ignored"),
    Sent("6455-5.5-08", "100 pings of 125", frame(PING, b"p" * 125) * 100,
         (Frame(PONG, b"p" * 125),) * 100, OPEN, "each is answered"),
    fails("6455-5.5-10", "ping of 126", frame(PING, b"p" * 126), PROTOCOL, "125 at most"),
    fails("6455-5.5-11", "ping of 64 KiB", frame(PING, b"p" * 65536), PROTOCOL, "125 at most"),
    fails("6455-5.5-12", "pong of 126", frame(PONG, b"p" * 126), PROTOCOL, "125 at most"),
    fails("6455-5.5-13", "close of 126", frame(CLOSE, b"\x03\xe8" + b"r" * 124), PROTOCOL,
          "125 at most"),
    fails("6455-5.5-14", "ping in fragments", frame(PING, b"p", fin=False), PROTOCOL,
          "MUST NOT be fragmented"),
    fails("6455-5.5-15", "pong in fragments", frame(PONG, b"p", fin=False), PROTOCOL, "ditto"),
    fails("6455-5.5-16", "close in fragments", frame(CLOSE, b"\x03\xe8", fin=False), PROTOCOL,
          "ditto"),
    # -- closing, sections 5.5.1 and 7
    fails("6455-5.5.1-01", "close without code", frame(CLOSE), SILENT, "is answered in kind"),
    fails("6455-5.5.1-02", "close of one byte", frame(CLOSE, b"\x03"), PROTOCOL,
          "a code has two bytes"),
    fails("6455-5.5.1-03", "close with a reason", closing(1000, b"bye"), 1000),
    fails("6455-5.5.1-04", "close with a reason of 123", closing(1000, b"r" * 123), 1000),
    fails("6455-5.5.1-05", "reason in UTF-8", closing(1000, "€".encode()), 1000),
    fails("6455-5.5.1-06", "text after close", closing(1000) + frame(TEXT, b"late"), 1000,
          "is not read"),
    fails("6455-5.5.1-07", "ping after close", closing(1000) + frame(PING, b"late"), 1000,
          "is not answered"),
    fails("6455-5.5.1-08", "close after close", closing(1000) + closing(1001), 1000,
          "one is enough"),
    fails("6455-5.5.1-09", "garbage after close", closing(1000) + b"\xff" * 100_000, 1000,
          "is not read"),
    *codes(),
    # -- texts, section 8.1
    *texts(),
    fails("6455-8.1-90", "bad in the first fragment", frame(TEXT, b"\xff", fin=False), BAD_TEXT,
          "told at once, not at the end of the message"),
    fails("6455-8.1-91", "bad in a later fragment", HALF + frame(CONT, b"\xff", fin=False),
          BAD_TEXT, "ditto"),
    fails("6455-8.1-92", "bad over two fragments",
          frame(TEXT, b"\xe2\x82", fin=False) + frame(CONT, b"a", fin=False), BAD_TEXT, "ditto"),
    fails("6455-8.1-93", "cut at the end of the last fragment", HALF + frame(CONT, b"\xc3"),
          BAD_TEXT, "a message ends with a character"),
    # -- limits, section 10.4
    fails("6455-10.4-01", "message too large", frame(TEXT, b"a" * 1001), TOO_BIG, "max_message")
    ._replace(path="/small"),
    fails("6455-10.4-02", "too large in fragments",
          frame(TEXT, b"a" * 600, fin=False) + frame(CONT, b"a" * 600), TOO_BIG,
          "of the whole message")._replace(path="/small"),
    fails("6455-10.4-03", "endless fragments", frame(TEXT, b"a", fin=False)
          + frame(CONT, b"a" * 100, fin=False) * 20, TOO_BIG, "ditto")._replace(path="/small"),
    echo("6455-10.4-04", "as large as allowed", frame(TEXT, b"a" * 1000), b"a" * 1000)
    ._replace(path="/small"),
    echo("6455-10.4-05", "as large as allowed in fragments",
         frame(TEXT, b"a" * 500, fin=False) + frame(CONT, b"a" * 500), b"a" * 1000)
    ._replace(path="/small"),
    echo("6455-10.4-06", "a message of 1 MiB", frame(BINARY, b"a" * (1 << 20)), b"a" * (1 << 20),
         "settings.websocket_max_message", BINARY),
]  # fmt: skip

_NUMBERS = [one.number for one in SENT]
assert len(set(_NUMBERS)) == len(_NUMBERS)
