"""RFC 9110 section 12: which coding a client takes; what caches are told of it."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from tests.conformance.raw import Ask, Raw, asks, judge_ask, request
from tests.conformance.served import BIG

if TYPE_CHECKING:
    from tests.conformance.raw import Address

GZIP, PLAIN = "gzip", None
MALFORMED = "a coding with a malformed weight is left out"


def row(number: int, field: str | None, coding: str | None, why: str = "") -> Ask:
    """What a client gets that sends this ``Accept-Encoding``; None: it sends none."""
    lines = () if field is None else (f"Accept-Encoding: {field}",)
    fields = (("Content-Encoding", coding), ("Vary", "Accept-Encoding"))
    return Ask(f"9110-12.5.3-{number:02}", field or repr(field), "GET", "/big", lines, 200, why,
               fields)  # fmt: skip


CASES = [
    row(1, None, PLAIN, "nothing is asked for"),
    row(2, "gzip", GZIP),
    row(3, "gzip, deflate, br, zstd", GZIP, "what browsers send"),
    row(4, "GZIP", GZIP, "codings have no case"),
    row(5, "x-gzip", GZIP, "is gzip (section 8.4.1.3)"),
    row(6, "deflate", PLAIN, "is not offered"),
    row(7, "br", PLAIN, "is not offered"),
    row(8, "", PLAIN, "nothing but identity"),
    row(9, "identity", PLAIN),
    row(10, "*", GZIP, "anything"),
    row(11, "gzip;q=1", GZIP),
    row(12, "gzip;q=1.0", GZIP),
    row(13, "gzip;q=0.001", GZIP, "a little is something"),
    row(14, "gzip;q=0", PLAIN, "MUST NOT be sent"),
    row(15, "gzip;q=0.0", PLAIN, "ditto"),
    row(16, "gzip;q=0.000", PLAIN, "ditto"),
    row(17, "gzip ; q=0", PLAIN, "ditto"),
    row(18, "gzip;Q=0", PLAIN, "ditto"),
    row(19, "*;q=0", PLAIN, "ditto"),
    row(20, "gzip;q=0, *", PLAIN, "the name counts, the star is for others"),
    row(21, "*;q=0, gzip", GZIP, "ditto"),
    row(22, "identity;q=1, gzip;q=0.5", PLAIN, "plain is liked more"),
    row(23, "identity;q=0.5, gzip;q=1", GZIP),
    row(24, "identity;q=0.5, gzip;q=0.5", GZIP, "equal, and it is smaller"),
    row(25, "identity;q=0", PLAIN, "nothing else is acceptable: it is sent (section 12.5.3)"),
    row(26, "identity;q=0, gzip", GZIP),
    row(27, "identity;q=0, *;q=0", PLAIN, "nothing is acceptable; 406 would help nobody"),
    row(28, "gzip;q=0, identity;q=0", PLAIN, "ditto"),
    row(29, "deflate, gzip;q=0.1", GZIP, "of what is offered"),
    row(30, "gzip;q=2", PLAIN, MALFORMED),
    row(31, "gzip;q=-1", PLAIN, MALFORMED),
    row(32, "gzip;q=", PLAIN, MALFORMED),
    row(33, "gzip;q=x", PLAIN, MALFORMED),
    row(34, "gzip;q=0.5555", PLAIN, MALFORMED),
    row(35, "gzip;level=9", PLAIN, MALFORMED),
    row(36, ",,gzip,,", GZIP, "empty members are ignored"),
    row(37, "gzipx", PLAIN, "another coding"),
    row(38, "\xa0gzip", PLAIN, "another coding"),
]


@asks(CASES)
def test_case(address: Address, ask: Ask) -> None:
    """Each has the coding the table says, the very content, and a tag that fits."""
    answer = judge_ask(address, ask)
    coded = answer.field("Content-Encoding") == "gzip"
    assert (gzip.decompress(answer.body) if coded else answer.body) == BIG
    assert (answer.field("ETag") or "").startswith("W/" if coded else '"')


def test_two_lines(address: Address) -> None:
    """Two lines are one list (section 5.3)."""
    with Raw(address) as client:
        lines = ("Accept-Encoding: br", "Accept-Encoding: gzip")
        answer = client.send(request(*lines, start="GET /big HTTP/1.1")).answer()
    assert answer.field("Content-Encoding") == "gzip"


def test_not_modified_says_what_it_varies_with(address: Address) -> None:
    """304 has the Vary that 200 would have (section 15.4.5)."""
    with Raw(address) as client:
        ask = ("Accept-Encoding: gzip",)
        tag = client.send(request(*ask, start="GET /big HTTP/1.1")).answer().field("ETag")
        known = request(*ask, f"If-None-Match: {tag}", start="GET /big HTTP/1.1")
        answer = client.send(known).answer()
    assert (answer.status, answer.field("Vary")) == (304, "Accept-Encoding")
    assert answer.field("ETag") == tag


def test_small_answers_are_not_coded(address: Address) -> None:
    """What fits into a packet is sent as it is."""
    with Raw(address) as client:
        answer = client.send(request("Accept-Encoding: gzip")).answer()
    assert answer.field("Content-Encoding") is None
