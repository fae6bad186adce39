"""RFC 9112 section 6: Content-Length and Transfer-Encoding in every conflicting form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.raw import (
    CLOSED,
    EITHER,
    FRESH,
    HELLO,
    KEPT,
    Case,
    judge,
    params,
    post,
    request,
)

if TYPE_CHECKING:
    from tests.conformance.raw import Address

CHUNKED = "Transfer-Encoding: chunked"
FIVE = b"5\r\nabcde\r\n0\r\n\r\n"  # "abcde"
SMUGGLED = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"

BOTH = "two lengths are an attack until proven otherwise (section 6.3, rule 3)"
NO_NUMBER = "MUST be 400: not one decimal number (section 6.3, rule 5)"
REPEATED = "MAY be taken when all are the same; nobody sends it on purpose (section 6.3)"
NOT_LAST = "MUST be 400: chunked is not the final coding (section 6.3, rule 4)"
UNKNOWN = "SHOULD be 501: a coding that is not understood (section 6.1)"
TWICE = "chunked MUST NOT be applied twice (section 6.1)"
NO_TOKEN = "not a list of codings (RFC 9110 section 10.1.4)"


def length(value: str | bytes, body: bytes = b"abcde") -> bytes:
    """A POST with this Content-Length."""
    raw = value.encode("latin-1") if isinstance(value, str) else value
    return post(b"Content-Length: " + raw, body=body)


def coding(value: str | bytes, *more: str, body: bytes = FIVE) -> bytes:
    """A POST with this Transfer-Encoding."""
    raw = value.encode("latin-1") if isinstance(value, str) else value
    return post(b"Transfer-Encoding: " + raw, *more, body=body)


def bad_length(number: int, what: str, value: str | bytes, why: str = NO_NUMBER) -> Case:
    """A value that is refused."""
    return Case(f"9112-6.2-{number}", what, length(value), (400,), CLOSED, why)


def bad_coding(number: int, what: str, value: str | bytes, status: int, why: str) -> Case:
    """A value that is refused."""
    return Case(f"9112-6.1-{number}", what, coding(value), (status,), CLOSED, why)


def both(number: int, what: str, *lines: str | bytes) -> Case:
    """Both fields, in a form that hides one of them from somebody."""
    sent = post(*lines, body=FIVE + SMUGGLED)
    return Case(f"9112-6.3-{number:02}", what, sent, (400,), CLOSED, BOTH)


CASES = [
    # -- Content-Length, section 6.2
    Case("9112-6.2-01", "a number", length("5"), (200,), KEPT, "the usual one", (b"abcde",)),
    Case("9112-6.2-02", "zero", length("0", b""), (200,), KEPT, "", (b"",)),
    Case("9112-6.2-03", "leading zeros", length("0005"), (200,), KEPT,
         "1*DIGIT; it is decimal and never octal", (b"abcde",)),
    Case("9112-6.2-04", "leading zeros that look octal", length("010", b"0123456789"), (200,),
         KEPT, "ditto", (b"0123456789",)),
    Case("9112-6.2-05", "white space around", length(" \t 5 \t "), (200,), KEPT,
         "is no part of the value (section 5)", (b"abcde",)),
    Case("9112-6.2-06", "no body at all", post(), (200,), KEPT,
         "no field, no body (section 6.3, rule 7)", (b"",)),
    Case("9112-6.2-07", "body without any length", post(body=b"abcde\r\n\r\n"), (200, 400), CLOSED,
         "what follows is read as the next request, and is none"),
    Case("9112-6.2-08", "body that looks like a request", length(str(len(SMUGGLED)), SMUGGLED),
         (200,), KEPT, "it is a body", (SMUGGLED,)),
    Case("9112-6.2-09", "more than announced", length("5", b"abcde" + SMUGGLED), (200, 200), KEPT,
         "what follows is the next request", (b"abcde", HELLO)),
    Case("9112-6.2-10", "GET with a body",
         request("Content-Length: 5", start="GET /echo HTTP/1.1", body=b"abcde"), (200,), KEPT,
         "it has no meaning but counts for the framing (RFC 9110 section 9.3.1)", (b"abcde",)),
    Case("9112-6.2-11", "GET with a body nobody reads",
         request(f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED), (200,), KEPT,
         "it is read away and is no request", (HELLO,)),
    Case("9112-6.2-12", "DELETE with a body",
         request("Content-Length: 5", start="DELETE /echo HTTP/1.1", body=b"abcde"), (200,), KEPT,
         "", (b"abcde",)),
    Case("9112-6.2-13", "OPTIONS with a body",
         request("Content-Length: 5", start="OPTIONS /hello HTTP/1.1", body=b"abcde"), (204,),
         KEPT, "it is read away (RFC 9110 section 9.3.7)"),
    Case("9112-6.2-14", "body for an address that does not exist",
         request("Content-Length: 5", start="POST /nothing HTTP/1.1", body=b"abcde"), (404,), KEPT,
         "it is read away"),
    Case("9112-6.2-15", "body for a method that is not allowed",
         request("Content-Length: 5", start="PUT /hello HTTP/1.1", body=b"abcde"), (405,), KEPT,
         "it is read away"),
    Case("9112-6.2-16", "exactly the limit", length("100000", b"a" * 100_000), (200,), KEPT, "",
         (b"a" * 100_000,)),
    Case("9112-6.2-17", "a byte too large", length("100001", b"a" * 100_001), (413,), CLOSED,
         "nothing of it is read (RFC 9110 section 15.5.14)"),
    Case("9112-6.2-18", "much too large, nothing sent", length("999999999999", b""), (413,), CLOSED,
         "told at once"),
    bad_length(20, "empty", ""),
    bad_length(21, "plus", "+5"),
    bad_length(22, "minus", "-5"),
    bad_length(23, "minus zero", "-0"),
    bad_length(24, "hexadecimal", "0x5"),
    bad_length(25, "letters", "five"),
    bad_length(26, "fraction", "5.0"),
    bad_length(27, "exponent", "5e0"),
    bad_length(28, "underscore", "1_0", "Python's int() would take it"),
    bad_length(29, "space inside", "5 5"),
    bad_length(30, "tab inside", "5\t5"),
    bad_length(31, "superscript of Latin-1", b"\xb2", "str.isdigit() would take it"),
    bad_length(32, "Arabic digit", b"\xd9\xa5", "int() would take it"),
    bad_length(33, "full-width digit", b"\xef\xbc\x95", "int() would take it"),
    bad_length(34, "quotes", '"5"'),
    bad_length(35, "parameter", "5;a=b"),
    bad_length(36, "more than 64 bits", "18446744073709551621", "would be 5 in 64 bits"),
    bad_length(37, "more than 32 bits hidden in zeros", "0" * 30 + "5",
               "so many zeros are no use but to trick"),
    bad_length(38, "NUL", "5\0"),
    bad_length(39, "vertical tab before", "\v5", "str.strip() would drop it"),
    bad_length(40, "no-break space before", b"\xa05", "str.strip() would drop it"),
    bad_length(41, "list of the same", "5, 5", REPEATED),
    bad_length(42, "list of different", "5, 6", NO_NUMBER),
    bad_length(43, "list with an empty member", "5,", NO_NUMBER),
    bad_length(44, "4300 digits", "9" * 4300, "and it costs no time"),
    Case("9112-6.2-45", "two lines, the same",
         post("Content-Length: 5", "Content-Length: 5", body=b"abcde"), (400,), CLOSED, REPEATED),
    Case("9112-6.2-46", "two lines, different",
         post("Content-Length: 5", "Content-Length: 6", body=b"abcdef"), (400,), CLOSED, NO_NUMBER),
    Case("9112-6.2-47", "two lines, other case",
         post("Content-Length: 5", "cONTENT-lENGTH: 6", body=b"abcdef"), (400,), CLOSED, NO_NUMBER),
    Case("9112-6.2-48", "two lines, one empty",
         post("Content-Length: 5", "Content-Length:", body=b"abcde"), (400,), CLOSED, NO_NUMBER),
    Case("9112-6.2-49", "invalid in a GET", request("Content-Length: x"), (400,), CLOSED,
         "framing is the same for every method"),
    Case("9112-6.2-50", "underscore in the name", post("Content_Length: 5", body=b""), (200,),
         KEPT, "is another field", (b"",)),
    Case("9112-6.2-51", "HTTP/1.0 with a length",
         request("Content-Length: 5", start="POST /echo HTTP/1.0", body=b"abcde"), (200,), CLOSED,
         "", (b"abcde",)),
    Case("9112-6.2-52", "HTTP/1.0 without a length",
         request(start="POST /echo HTTP/1.0", body=b"abcde"), (411,), CLOSED,
         "a body that the close would end cannot be answered"),
    # -- Transfer-Encoding, section 6.1
    Case("9112-6.1-01", "chunked", coding("chunked"), (200,), KEPT, "the usual one", (b"abcde",)),
    Case("9112-6.1-02", "capitals", coding("CHUNKED"), (200,), KEPT,
         "codings have no case (section 7)", (b"abcde",)),
    Case("9112-6.1-03", "white space around", coding("\t chunked \t"), (200,), KEPT, "",
         (b"abcde",)),
    Case("9112-6.1-04", "name in capitals", post("TRANSFER-ENCODING: chunked", body=FIVE), (200,),
         KEPT, "", (b"abcde",)),
    Case("9112-6.1-05", "GET", request(CHUNKED, start="GET /echo HTTP/1.1", body=FIVE), (200,),
         KEPT, "framing is the same for every method", (b"abcde",)),
    Case("9112-6.1-06", "GET nobody reads", request(CHUNKED, body=FIVE), (200,), KEPT,
         "it is read away", (HELLO,)),
    bad_coding(10, "identity", "identity", 400, NOT_LAST),
    bad_coding(11, "gzip", "gzip", 400, NOT_LAST),
    bad_coding(12, "gzip, chunked", "gzip, chunked", 501, UNKNOWN),
    bad_coding(13, "deflate, chunked", "deflate, chunked", 501, UNKNOWN),
    bad_coding(14, "x-own, chunked", "x-own, chunked", 501, UNKNOWN),
    bad_coding(15, "identity, chunked", "identity, chunked", 501, "there is no identity any more"),
    bad_coding(16, "chunked, gzip", "chunked, gzip", 400, NOT_LAST),
    bad_coding(17, "chunked, identity", "chunked, identity", 400, NOT_LAST),
    bad_coding(18, "chunked, chunked", "chunked, chunked", 400, TWICE),
    bad_coding(19, "empty", "", 400, NOT_LAST),
    bad_coding(20, "xchunked", "xchunked", 400, NOT_LAST),
    bad_coding(21, "chunkedx", "chunkedx", 400, NOT_LAST),
    bad_coding(22, "chunke", "chunke", 400, NOT_LAST),
    bad_coding(23, "quotes", '"chunked"', 400, NO_TOKEN),
    bad_coding(24, "apostrophes", "'chunked'", 400, NO_TOKEN),
    bad_coding(25, "parameter", "chunked;a=b", 400, "chunked has no parameters (section 7.1)"),
    bad_coding(26, "weight", "chunked;q=0", 400, "ditto"),
    bad_coding(27, "space inside", "chun ked", 400, NO_TOKEN),
    bad_coding(28, "comma after", "chunked,", 400, "an empty member hides the rest from some"),
    bad_coding(29, "comma before", ",chunked", 501, "ditto"),
    bad_coding(30, "semicolon", "gzip; chunked", 400, NO_TOKEN),
    bad_coding(31, "vertical tab before", "\vchunked", 400, "str.strip() would drop it"),
    bad_coding(32, "form feed after", "chunked\f", 400, "ditto"),
    bad_coding(33, "no-break space before", b"\xa0chunked", 400, "ditto"),
    bad_coding(34, "next line before", b"\x85chunked", 400, "ditto"),
    bad_coding(35, "NUL after", "chunked\0", 400, ""),
    bad_coding(36, "Kelvin sign", "chun\u212aed".encode(), 400, "str.lower() of it would be k"),
    bad_coding(37, "tab in a list", "gzip,\tchunked", 501, UNKNOWN),
    Case("9112-6.1-40", "two lines, the same", post(CHUNKED, CHUNKED, body=FIVE), (400,), CLOSED,
         TWICE),
    Case("9112-6.1-41", "two lines, identity second",
         post(CHUNKED, "Transfer-Encoding: identity", body=FIVE), (400,), CLOSED, NOT_LAST),
    Case("9112-6.1-42", "two lines, identity first",
         post("Transfer-Encoding: identity", CHUNKED, body=FIVE), (501,), CLOSED, UNKNOWN),
    Case("9112-6.1-43", "two lines, one empty", post("Transfer-Encoding:", CHUNKED, body=FIVE),
         (501,), CLOSED, UNKNOWN),
    Case("9112-6.1-44", "in HTTP/1.0",
         request(CHUNKED, start="POST /echo HTTP/1.0", body=FIVE), (400,), CLOSED,
         "MUST be treated as faulty framing (section 6.1)"),
    Case("9112-6.1-45", "in HTTP/1.0 with keep-alive",
         request(CHUNKED, "Connection: keep-alive", start="POST /echo HTTP/1.0", body=FIVE), (400,),
         CLOSED, "ditto"),
    Case("9112-6.1-46", "underscore in the name", post("Transfer_Encoding: chunked", body=b""),
         (200,), KEPT, "is another field", (b"",)),
    Case("9112-6.1-47", "named in Connection",
         post(CHUNKED, "Connection: Transfer-Encoding", body=FIVE), (200,), KEPT,
         "it is hop-by-hop anyway", (b"abcde",)),
    Case("9112-6.1-48", "named in TE", post("TE: chunked", body=b""), (200,), KEPT,
         "TE is about the answer", (b"",)),
    # -- both, section 6.3
    both(1, "length first", "Content-Length: 5", CHUNKED),
    both(2, "coding first", CHUNKED, "Content-Length: 5"),
    both(3, "right length of the coded body", f"Content-Length: {len(FIVE)}", CHUNKED),
    both(4, "length zero", "Content-Length: 0", CHUNKED),
    both(5, "empty length", "Content-Length:", CHUNKED),
    both(6, "invalid length", "Content-Length: x", CHUNKED),
    both(7, "coding that is none", "Content-Length: 5", "Transfer-Encoding: identity"),
    both(8, "empty coding", "Content-Length: 5", "Transfer-Encoding:"),
    both(9, "unknown coding", "Content-Length: 5", "Transfer-Encoding: xchunked"),
    both(10, "coding with a form feed", "Content-Length: 5", "Transfer-Encoding: \fchunked"),
    both(11, "coding with a space before the colon", "Content-Length: 5",
         "Transfer-Encoding : chunked"),
    both(12, "coding after a bare CR", "Content-Length: 5", "X: a\rTransfer-Encoding: chunked"),
    both(13, "coding after a bare LF", "Content-Length: 5", "X: a\nTransfer-Encoding: chunked"),
    both(14, "folded coding", "Content-Length: 5", "Transfer-Encoding:\r\n chunked"),
    both(15, "coding in a fold of another", "Content-Length: 5",
         "X: a\r\n Transfer-Encoding: chunked"),
    both(16, "NUL in the name of the coding", "Content-Length: 5", "Transfer\0-Encoding: chunked"),
    both(17, "two codings and a length", CHUNKED, CHUNKED, "Content-Length: 5"),
    both(18, "two lengths and a coding", CHUNKED, "Content-Length: 5", "Content-Length: 6"),
    both(19, "space before the name", "Content-Length: 5", " Transfer-Encoding: chunked"),
    both(20, "DEL after the name", "Content-Length: 5", "Transfer-Encoding\x7f: chunked"),
    Case("9112-6.3-21", "both in HTTP/1.0",
         request("Content-Length: 5", CHUNKED, start="POST /echo HTTP/1.0", body=FIVE + SMUGGLED),
         (400,), CLOSED, BOTH),
    Case("9112-6.3-22", "both in a GET",
         request("Content-Length: 5", CHUNKED, body=FIVE + SMUGGLED), (400,), CLOSED, BOTH),
    # -- incomplete bodies, section 8
    Case("9112-8-20", "end before the body", length("5", b""), (), CLOSED, "incomplete", end=True),
    Case("9112-8-21", "end within the body", length("5", b"abc"), (), CLOSED,
         "MUST NOT be handled as complete", end=True),
    Case("9112-8-22", "end within a body nobody wants",
         request("Content-Length: 5", body=b"abc"), (), CLOSED, "ditto", end=True),
    Case("9112-8-23", "end within a refused body", length("100001", b"abc"), (413,), CLOSED, "",
         end=True),
    Case("9112-8-24", "end within the next request", length("5") + FRESH[:10], (200,), EITHER,
         "the first was complete", (b"abcde",), end=True),
]  # fmt: skip


@params(CASES)
def test_case(address: Address, case: Case) -> None:
    """Each has the answer the table says, and the server goes on."""
    judge(address, case)
