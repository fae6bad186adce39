"""RFC 7578, 2046 and 2388: forms with fields and files; URL-encoded forms and JSON beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.conformance.raw import FRESH, HELLO, Raw, post, still_answers

if TYPE_CHECKING:
    from tests.conformance.raw import Address

PLAIN = "application/octet-stream"
FORM = "multipart/form-data; boundary=x"
NAME = b'Content-Disposition: form-data; name="a"'

NO_END = "a form ends with its closing boundary (RFC 2046 section 5.1.1)"
NO_FORM = "the boundary comes first (RFC 2046 section 5.1.1)"
NEEDED = "a part MUST have a disposition with a name (section 4.2)"
UNCLEAR = "two readers would see two forms"
FIELD = "not a header field"


class Form(NamedTuple):
    """One form and what is read from it.

    Attributes:
        number: the RFC, its section and a number of its own.
        what: what is special about it.
        body: all of it.
        status: of the answer.
        texts: the fields, as the endpoint gets them.
        files: name to ``[name as sent, safe name, type, content]``.
        why: the reason for this and no other outcome.
        kind: the ``Content-Type``.

    """

    number: str
    what: str
    body: bytes
    status: int = 200
    texts: dict[str, list[Any]] | None = None
    files: dict[str, list[str]] | None = None
    why: str = ""
    kind: str | bytes = FORM


def part(content: bytes = b"v", *lines: bytes, name: bytes = NAME) -> bytes:
    """A part with its delimiter before it."""
    return b"\r\n".join([b"--x", name, *lines, b"", content, b""])


def of(*parts: bytes) -> bytes:
    """A form of parts."""
    return b"".join(parts) + b"--x--\r\n"


def named(disposition: bytes, content: bytes = b"v") -> bytes:
    """A form of one part with this disposition."""
    return of(part(content, name=b"Content-Disposition: " + disposition))


def text(number: str, what: str, body: bytes, why: str = "", **texts: Any) -> Form:
    """A form with these fields; ``a`` is "v" if nothing is said."""
    found = {name: [value] for name, value in (texts or {"a": "v"}).items()}
    return Form(number, what, body, 200, found, {}, why)


def bad(number: str, what: str, body: bytes, why: str, status: int = 400) -> Form:
    """A form that is refused."""
    return Form(number, what, body, status, why=why)


def file(number: str, what: str, parameter: bytes, sent: str, safe: str, why: str = "") -> Form:
    """A file with this parameter in its disposition."""
    body = named(b'form-data; name="a"; ' + parameter)
    return Form(number, what, body, 200, {}, {"a": [sent, safe, PLAIN, "v"]}, why)


def typed(number: str, what: str, kind: str | bytes, status: int, why: str = "") -> Form:
    """A good form with another content type."""
    texts = {"a": ["v"]} if status == 200 else None
    return Form(number, what, of(part()), status, texts, {}, why, kind)


def charset(number: str, name: bytes, content: bytes, value: str | None, why: str = "") -> Form:
    """A field in a character set."""
    body = of(part(content, b"Content-Type: text/plain; charset=" + name))
    status = 400 if value is None else 200
    return Form(number, name.decode("latin-1"), body, status, {"a": [value]}, {}, why)


FORMS = [
    # -- boundaries, RFC 2046 section 5.1.1
    text("2046-5.1.1-01", "a form", of(part())),
    text("2046-5.1.1-02", "no line end after the last boundary", of(part())[:-2]),
    text("2046-5.1.1-03", "line end before the first boundary", b"\r\n" + of(part())),
    text("2046-5.1.1-04", "preamble", b"This is a form.\r\n" + of(part()), "is ignored"),
    text("2046-5.1.1-05", "preamble that looks like it", b"--xy\r\n--x?\r\n" + of(part()), ""),
    text("2046-5.1.1-06", "epilogue", of(part()) + b"anything\r\n", "is ignored"),
    text("2046-5.1.1-07", "a form as epilogue", of(part()) + of(part(b"w")), "ditto"),
    text("2046-5.1.1-08", "white space after a boundary",
         of(part()).replace(b"--x\r\n", b"--x \t\r\n"), "MUST be passed over"),
    text("2046-5.1.1-09", "white space after the last", of(part())[:-2] + b" \t\r\n", "ditto"),
    text("2046-5.1.1-10", "empty content", of(part(b"")), "", a=""),
    text("2046-5.1.1-11", "line ends as content", of(part(b"\r\n\r\n")), "", a="\r\n\r\n"),
    text("2046-5.1.1-12", "content with a longer boundary", of(part(b"\r\n--xy\r\n")), "is content",
         a="\r\n--xy\r\n"),
    text("2046-5.1.1-13", "content with two dashes", of(part(b"\r\n--\r\n")), "", a="\r\n--\r\n"),
    text("2046-5.1.1-14", "content with bare line ends", of(part(b"1\n2\r3")), "is not changed",
         a="1\n2\r3"),
    text("2046-5.1.1-15", "boundary after a bare LF", of(part(b"1\n--x\r\n")),
         "a delimiter begins with CR LF", a="1\n--x\r\n"),
    Form("2046-5.1.1-16", "no parts", b"--x--\r\n", 200, {}, {},
         "what browsers send of an empty form"),
    bad("2046-5.1.1-20", "no boundary at all", b"a=v", NO_FORM),
    bad("2046-5.1.1-21", "only a preamble", b"a\r\nb\r\n", NO_FORM),
    bad("2046-5.1.1-22", "another boundary", of(part()).replace(b"--x", b"--y"), NO_FORM),
    bad("2046-5.1.1-23", "boundary in other case", of(part()).replace(b"--x", b"--X"), NO_FORM),
    bad("2046-5.1.1-24", "one dash", of(part()).replace(b"--x", b"-x"), NO_FORM),
    bad("2046-5.1.1-25", "bare LF everywhere", of(part()).replace(b"\r\n", b"\n"), NO_FORM),
    Form("2046-5.1.1-26", "bare LF after the boundary", of(part()).replace(b"--x\r\n", b"--x\n"),
         200, {}, {}, "is none, so it stands in the preamble"),
    bad("2046-5.1.1-27", "no closing boundary", part(), NO_END),
    bad("2046-5.1.1-28", "cut in the closing boundary", part() + b"--x-", NO_END),
    bad("2046-5.1.1-29", "cut in the content", part()[:-2], NO_END),
    bad("2046-5.1.1-30", "cut in the headers", b"--x\r\n" + NAME, NO_END),
    bad("2046-5.1.1-31", "cut after the headers", b"--x\r\n" + NAME + b"\r\n\r\n", NO_END),
    bad("2046-5.1.1-32", "no line end before the closing boundary",
        part()[:-2] + b"--x--\r\n", NO_END),
    bad("2046-5.1.1-33", "first boundary alone", b"--x\r\n", NO_END),
    bad("2046-5.1.1-34", "first boundary without line end", b"--x", NO_END),
    bad("2046-5.1.1-35", "closing boundary with one dash more",
        part() + b"--x---\r\n", "is no delimiter"),
    # -- the content type
    typed("2046-5.1.1-40", "quoted boundary", 'multipart/form-data; boundary="x"', 200),
    typed("2046-5.1.1-41", "other case", "Multipart/FORM-Data; BOUNDARY=x", 200),
    typed("2046-5.1.1-42", "other parameters", "multipart/form-data; charset=utf-8; boundary=x",
          200),
    typed("2046-5.1.1-43", "no boundary", "multipart/form-data", 400, "MUST be there"),
    typed("2046-5.1.1-44", "empty boundary", "multipart/form-data; boundary=", 400, "ditto"),
    typed("2046-5.1.1-45", "empty quoted boundary", 'multipart/form-data; boundary=""', 400,
          "ditto"),
    typed("2046-5.1.1-46", "two boundaries", "multipart/form-data; boundary=x; boundary=y", 400,
          UNCLEAR),
    typed("2046-5.1.1-47", "open quotes", 'multipart/form-data; boundary="x', 400, UNCLEAR),
    typed("2046-5.1.1-48", "text after the quotes", 'multipart/form-data; boundary="x"y', 400,
          UNCLEAR),
    typed("2046-5.1.1-49", "boundary ends with a space", 'multipart/form-data; boundary="x "', 400,
          "MUST NOT (RFC 2046 section 5.1.1)"),
    typed("2046-5.1.1-50", "boundary of 300", "multipart/form-data; boundary=" + "x" * 300, 400,
          "70 at most; up to 200 are taken, as some clients send more"),
    typed("2046-5.1.1-51", "boundary not of ASCII", b"multipart/form-data; boundary=\xe4", 400),
    typed("2046-5.1.1-52", "tab in the boundary", 'multipart/form-data; boundary="a\tb"', 400),
    Form("2046-5.1.1-53", "boundary of 70", of(part()).replace(b"--x",
         b"--" + b"0'()+_,-./:=?z" * 5),
         200, {"a": ["v"]}, {}, "every character there is",
         'multipart/form-data; boundary="' + "0'()+_,-./:=?z" * 5 + '"'),
    Form("2046-5.1.1-54", "multipart/mixed", of(part()), 200, {}, {}, "is no form",
         "multipart/mixed; boundary=x"),
    Form("2046-5.1.1-55", "no content type", of(part()), 200, {}, {}, "is no form", ""),
    # -- headers of parts
    bad("2046-5.1-01", "no headers", b"--x\r\n\r\nv\r\n--x--\r\n", NEEDED),
    bad("2046-5.1-02", "line without colon", of(part(b"v", b"nonsense")), FIELD),
    bad("2046-5.1-03", "space before the colon", of(part(b"v", b"X : a")), FIELD),
    bad("2046-5.1-04", "no name", of(part(b"v", b": a")), FIELD),
    bad("2046-5.1-05", "NUL", of(part(b"v", b"X: \0")), FIELD),
    bad("2046-5.1-06", "bare LF between headers", of(part(b"v", b"X: a\nY: b")), FIELD),
    bad("2046-5.1-07", "bare CR between headers", of(part(b"v", b"X: a\rY: b")), FIELD),
    bad("2046-5.1-08", "begins with a fold", b"--x\r\n " + NAME + b"\r\n\r\nv\r\n--x--\r\n", FIELD),
    bad("2046-5.1-09", "disposition twice", of(part(b"v", NAME)), UNCLEAR),
    bad("2046-5.1-10", "disposition twice, other case",
        of(part(b"v", b'content-disposition: form-data; name="b"')), UNCLEAR),
    bad("2046-5.1-11", "17 KiB of headers", of(part(b"v", b"X: " + b"a" * 17 * 1024)),
        "settings.max_part_headers"),
    bad("2046-5.1-12", "endless headers", b"--x\r\n" + b"X: a\r\n" * 10_000, "ditto"),
    bad("2046-5.1-13", "headers end with LF LF", of(part()).replace(b"\r\n\r\n", b"\n\n"), NO_END),
    text("2046-5.1-14", "folded", named(b'form-data;\r\n name="a"'), "is allowed in parts"),
    text("2046-5.1-15", "folded with a tab", named(b'form-data;\r\n\tname="a"'), "ditto"),
    text("2046-5.1-16", "names in other case", of(part()).replace(b"Content-D", b"cONTENT-d")),
    text("2046-5.1-17", "unknown header", of(part(b"v", b"X-Unknown: a")), "is ignored"),
    text("2046-5.1-18", "15 KiB of headers", of(part(b"v", b"X: " + b"a" * 15 * 1024))),
    # -- names, RFC 7578 section 4.2
    bad("7578-4.2-01", "no disposition", of(part(name=b"X: a")), NEEDED),
    bad("7578-4.2-02", "no name", named(b"form-data"), NEEDED),
    bad("7578-4.2-03", "only a file name", named(b'form-data; filename="a"'), NEEDED),
    bad("7578-4.2-04", "attachment", named(b'attachment; name="a"'), "MUST be form-data"),
    bad("7578-4.2-05", "empty disposition", named(b""), NEEDED),
    bad("7578-4.2-06", "two names", named(b'form-data; name="a"; name="b"'), UNCLEAR),
    bad("7578-4.2-07", "two names, other case", named(b'form-data; name="a"; NAME="b"'), UNCLEAR),
    bad("7578-4.2-08", "two file names",
        named(b'form-data; name="a"; filename="b"; filename="c"'), UNCLEAR),
    bad("7578-4.2-09", "open quotes", named(b'form-data; name="a'), UNCLEAR),
    bad("7578-4.2-10", "text after the quotes", named(b'form-data; name="a"b'), UNCLEAR),
    bad("7578-4.2-11", "line end in a name", named(b'form-data; name="a\r\nb"'), FIELD),
    bad("7578-4.2-12", "line feed in a name", named(b'form-data; name="a\nb"'), FIELD),
    bad("7578-4.2-13", "NUL in a name", named(b'form-data; name="a\0b"'), FIELD),
    bad("7578-4.2-14", "no equals sign", named(b"form-data; name"), NEEDED),
    bad("7578-4.2-15", "comma instead of semicolon", named(b'form-data, name="a"'), NEEDED),
    text("7578-4.2-20", "without quotes", named(b"form-data; name=a")),
    text("7578-4.2-21", "kind in other case", named(b'FORM-Data; NAME="a"')),
    text("7578-4.2-22", "white space around", named(b'form-data ;\t name = "a" '), ""),
    text("7578-4.2-23", "semicolon at the end", named(b'form-data; name="a";')),
    text("7578-4.2-24", "semicolon in the name", named(b'form-data; name="a;b"'), "",
         **{"a;b": "v"}),
    text("7578-4.2-25", "quotes in the name", named(b'form-data; name="a\\"b"'), "",
         **{'a"b': "v"}),
    text("7578-4.2-26", "quotes as browsers send them", named(b'form-data; name="a%22b"'), "HTML",
         **{'a"b': "v"}),
    text("7578-4.2-27", "line end as browsers send it", named(b'form-data; name="a%0D%0Ab"'),
         "HTML: a name may have one, and is no header", **{"a\r\nb": "v"}),
    text("7578-4.2-28", "other percent signs", named(b'form-data; name="a%41"'),
         "browsers encode nothing else", **{"a%41": "v"}),
    text("7578-4.2-29", "brackets", named(b'form-data; name="a[b][]"'), "a name like others",
         **{"a[b][]": "v"}),
    text("7578-4.2-30", "dots", named(b'form-data; name="a.b"'), "ditto", **{"a.b": "v"}),
    text("7578-4.2-31", "UTF-8", named('form-data; name="ä€"'.encode()), "section 5.1",
         **{"ä€": "v"}),
    text("7578-4.2-32", "not UTF-8", named(b'form-data; name="\xe4"'),
         "what cannot be read is marked",
         **{"\ufffd": "v"}),
    text("7578-4.2-33", "empty", named(b'form-data; name=""'), "a name like others", **{"": "v"}),
    text("7578-4.2-34", "prototype names", named(b'form-data; name="__proto__"'),
         "a name like others", __proto__="v"),
    Form("7578-4.3-01", "a name twice", of(part(b"1"), part(b"2")), 200, {"a": ["1", "2"]}, {},
         "in their order (section 5.2)"),
    # -- files
    file("7578-4.2-40", "file name", b'filename="a.txt"', "a.txt", "a.txt"),
    file("7578-4.2-41", "empty file name", b'filename=""', "", "", "what browsers send of no file"),
    file("7578-4.2-42", "UTF-8", 'filename="ä.txt"'.encode(), "ä.txt", "ä.txt"),
    file("7578-4.2-43", "path", b'filename="../../etc/passwd"', "../../etc/passwd", "passwd"),
    file("7578-4.2-44", "path of Windows", b'filename="C:\\dir\\a.txt"', "C:\\dir\\a.txt", "a.txt"),
    file("7578-4.2-45", "quotes", b'filename="a\\"b"', 'a"b', "a_b"),
    file("7578-4.2-46", "quotes as browsers send them", b'filename="a%22b"', 'a"b', "a_b"),
    file("7578-4.2-47", "semicolon", b'filename="a;b.txt"', "a;b.txt", "a;b.txt"),
    file("7578-4.2-48", "extended, UTF-8", b"filename*=UTF-8''%e2%82%ac.txt", "€.txt", "€.txt",
         "MUST NOT be sent, but is"),
    file("7578-4.2-49", "extended, Latin-1", b"filename*=iso-8859-1''%e4.txt", "ä.txt", "ä.txt"),
    file("7578-4.2-50", "extended with a language", b"filename*=utf-8'de'a.txt", "a.txt", "a.txt"),
    file("7578-4.2-51", "both", b"filename=\"b\"; filename*=utf-8''a", "a", "a",
         "the extended one counts (RFC 6266 section 4.3)"),
    file("7578-4.2-52", "extended path", b"filename*=utf-8''..%2f..%2fa", "../../a", "a"),
    file("7578-4.2-53", "hidden file", b'filename=".htaccess"', ".htaccess", "htaccess"),
    file("7578-4.2-54", "device of Windows", b'filename="CON"', "CON", "_CON"),
    file("7578-4.2-55", "dots only", b'filename=".."', "..", ""),
    file("7578-4.2-56", "line end as browsers send it", b'filename="a%0D%0Ab"', "a\r\nb", "ab"),
    bad("7578-4.2-60", "extended, unknown set", named(b"form-data; name=a; filename*=x''a"), ""),
    bad("7578-4.2-61", "extended, no set", named(b"form-data; name=a; filename*=a"), ""),
    bad("7578-4.2-62", "line end in a file name",
        named(b'form-data; name="a"; filename="b\r\nX: c"'), UNCLEAR),
    Form("7578-4.4-01", "type of a file",
         of(part(b"v", b"Content-Type: image/png",
                 name=b'Content-Disposition: form-data; name="a"; filename="b"')),
         200, {}, {"a": ["b", "b", "image/png", "v"]}),
    Form("7578-4.4-02", "bytes of a file", of(part(bytes(range(256)),
         name=b'Content-Disposition: form-data; name="a"; filename="b"')),
         200, {}, {"a": ["b", "b", PLAIN, bytes(range(256)).decode("latin-1")]}, "as they are"),
    text("7578-4.4-03", "type of a field", of(part(b"v", b"Content-Type: application/json")),
         "a field without file name is text"),
    # -- character sets, sections 4.5 and 5.1.2
    text("7578-5.1.2-01", "UTF-8", of(part("ä€😀".encode())), "is the default", a="ä€😀"),
    bad("7578-5.1.2-02", "not UTF-8", of(part(b"\xe4")), "is told, not guessed"),
    bad("7578-5.1.2-03", "surrogates in UTF-8", of(part(b"\xed\xa0\x80")), "RFC 3629 section 3"),
    bad("7578-5.1.2-04", "overlong UTF-8", of(part(b"\xc0\xaf")), "RFC 3629 section 3"),
    text("7578-5.1.2-05", "NUL", of(part(b"a\0b")), "a character like others", a="a\0b"),
    charset("7578-4.5-01", b"iso-8859-1", b"\xe4", "ä"),
    charset("7578-4.5-02", b"ISO-8859-1", b"\xe4", "ä"),
    charset("7578-4.5-03", b'"windows-1252"', b"\x80", "€"),
    charset("7578-4.5-04", b"us-ascii", b"a", "a"),
    charset("7578-4.5-05", b"shift_jis", b"\x82\xa0", "あ"),
    charset("7578-4.5-06", b"utf-16le", b"a\0", "a"),
    charset("7578-4.5-11", b"us-ascii", b"\xe4", None,
            "not in its set")._replace(number="7578-4.5-11"),
    charset("7578-4.5-12", b"unknown", b"a", None),
    charset("7578-4.5-13", b"punycode", b"a" * 19_000, None, "takes quadratic time"),
    charset("7578-4.5-14", b"idna", b"xn--" + b"a" * 19_000, None, "takes quadratic time"),
    charset("7578-4.5-15", b"rot13", b"a", None, "a codec of Python, no character set"),
    charset("7578-4.5-16", b"zlib", b"a", None, "a codec of Python, no character set"),
    charset("7578-4.5-17", b"unicode_escape", b"\\x41", None, "a codec of Python"),
    charset("7578-4.5-18", b"utf-7", b"+ADw-", None, "hides what it says"),
    charset("7578-4.5-19", b"../../etc/passwd", b"a", None, "a name is looked up as a module"),
    # -- Content-Transfer-Encoding, section 4.7
    text("7578-4.7-01", "binary", of(part(b"v", b"Content-Transfer-Encoding: binary")), ""),
    text("7578-4.7-02", "8bit", of(part(b"v", b"Content-Transfer-Encoding: 8BIT")), ""),
    bad("7578-4.7-03", "base64", of(part(b"dg==", b"Content-Transfer-Encoding: base64")),
        "is deprecated; better refused than taken for its own content"),
    bad("7578-4.7-04", "quoted-printable",
        of(part(b"=41", b"Content-Transfer-Encoding: quoted-printable")), "ditto"),
    # -- several files in one part, RFC 2388 section 4.2
    text("2388-4.2-01", "multipart/mixed inside",
         of(part(b"--y\r\n\r\n1\r\n--y--", b"Content-Type: multipart/mixed; boundary=y")),
         "is deprecated (RFC 7578 section 4.3): it is the text that it is",
         a="--y\r\n\r\n1\r\n--y--"),
    # -- limits
    Form("7578-7-01", "as many parts as allowed", of(*[part(b"v")] * 50), 200, {"a": ["v"] * 50},
         {}),
    bad("7578-7-02", "a part too many", of(*[part()] * 51), "settings.max_form_parts", 413),
    bad("7578-7-03", "10,000 parts", of(*[part()] * 10_000), "settings.max_form_parts", 413),
    text("7578-7-04", "as much text as allowed", of(part(b"v" * 20_000)), a="v" * 20_000),
    bad("7578-7-05", "a byte of text too much", of(part(b"v" * 20_001)), "settings.max_form_text",
        413),
    bad("7578-7-06", "too much text in two", of(part(b"v" * 15_000), part(b"v" * 15_000)),
        "settings.max_form_text", 413),
    bad("7578-7-07", "a file too large", named(b"form-data; name=a; filename=b", b"v" * 50_001),
        "settings.max_file_size", 413),
    bad("7578-7-08", "boundaries without end", b"--x\r\n" * 30_000, "in linear time"),
    bad("7578-7-09", "half boundaries", b"\r\n--" * 50_000, "in linear time"),
    # -- URL-encoded forms
    *[
        Form(f"URL-5.1-{at:02}", what, body, 200 if texts is not None else status, texts, {}, why,
             "application/x-www-form-urlencoded")
        for at, (what, body, texts, status, why) in enumerate([
            ("fields", b"a=1&b=2", {"a": ["1"], "b": ["2"]}, 0, ""),
            ("plus", b"a=1+2", {"a": ["1 2"]}, 0, "is a space"),
            ("percent", b"a=%41%26", {"a": ["A&"]}, 0, ""),
            ("bad percent", b"a=%zz%4", {"a": ["%zz%4"]}, 0, "stays as it is"),
            ("UTF-8", b"a=%c3%a4", {"a": ["ä"]}, 0, ""),
            ("not UTF-8", b"a=%e4", {"a": ["\ufffd"]}, 0, "is marked"),
            ("NUL", b"a=%00", {"a": ["\0"]}, 0, ""),
            ("a name twice", b"a=1&a=2", {"a": ["1", "2"]}, 0, ""),
            ("no value", b"a=", {"a": [""]}, 0, ""),
            ("no equals sign", b"a", {"a": [True]}, 0, ""),
            ("no name", b"=1&b=2", {"b": ["2"]}, 0, "is dropped"),
            ("nothing between", b"&&a=1&&", {"a": ["1"]}, 0, ""),
            ("semicolon", b"a=1;b=2", {"a": ["1;b=2"]}, 0, "separates nothing"),
            ("51 fields", b"&".join([b"a=1"] * 51), None, 413, "settings.max_form_parts"),
            ("too much text", b"a=" + b"1" * 20_000, None, 413, "settings.max_form_text"),
        ], 1)
    ],
    # -- JSON
    *[
        Form(f"8259-{at:02}", what, body, 400, None, None, why, "application/json")
        for at, (what, body, why) in enumerate([
            ("no JSON", b"{", ""),
            ("two values", b"1 2", ""),
            ("comma at the end", b"[1,]", ""),
            ("apostrophes", b"{'a': 1}", ""),
            ("not UTF-8", b'"\xe4"', "section 8.1"),
            ("nan", b"[nan]", "only NaN is taken beside JSON, which programs in Python send"),
            ("5,000 digits", b"1" * 5000, "settings.max_json_digits"),
            ("300 lists", b"[" * 300 + b"]" * 300, "settings.max_json_depth"),
            ("100,000 lists", b"[" * 100_000, "settings.max_json_depth"),
            ("300 objects", b'{"a":' * 300 + b"1" + b"}" * 300, "settings.max_json_depth"),
            ("control character", b'"a\nb"', "section 7"),
            ("leading zero", b"01", "section 6"),
        ], 1)
    ],
]  # fmt: skip

_NUMBERS = [form.number for form in FORMS]
assert len(set(_NUMBERS)) == len(_NUMBERS)


@pytest.mark.parametrize("form", FORMS, ids=[f"{form.number}: {form.what}" for form in FORMS])
def test_form(address: Address, form: Form) -> None:
    """Each is read as the table says, and the connection goes on."""
    kind = form.kind.encode() if isinstance(form.kind, str) else form.kind
    lines = [b"Content-Type: " + kind, b"Content-Length: %d" % len(form.body)]
    with Raw(address) as client:
        answer = client.send(post(*lines, body=form.body, path="/form")).answer()
        assert answer.status == form.status, form
        if form.status == 200:
            assert json.loads(answer.body) == {"texts": form.texts, "files": form.files}, form
        assert client.send(FRESH).answer().body == HELLO
    still_answers(address)


LONG = of(part(b"1"), part(b"2", b"X: y"), named(b'form-data; name="b"; filename="c"')[:-7])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_form_in_pieces(address: Address, size: int) -> None:
    """Where a form is cut on its way changes nothing; it comes with chunked coding here."""
    pieces = [LONG[at : at + size] for at in range(0, len(LONG), size)]
    coded = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    lines = (f"Content-Type: {FORM}", "Transfer-Encoding: chunked")
    with Raw(address) as client:
        answer = client.send(post(*lines, body=coded, path="/form")).answer()
    assert json.loads(answer.body) == {
        "texts": {"a": ["1", "2"]},
        "files": {"b": ["c", "c", PLAIN, "v"]},
    }


def test_form_of_two_types(address: Address) -> None:
    """Two types are none: which boundary counts would differ."""
    form = of(part())
    lines = (f"Content-Type: {FORM}", "Content-Type: multipart/form-data; boundary=y")
    with Raw(address) as client:
        client.send(post(*lines, f"Content-Length: {len(form)}", body=form, path="/form"))
        assert client.answer().status == 400
        assert client.send(FRESH).answer().body == HELLO
