"""The client of pages as a file."""

from __future__ import annotations

import gzip

from quick_htag.handlers.client_file import client_file
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request

FILE = client_file("client()" * 1000)


def asked(query: str = f"v={FILE.version}", *fields: tuple[str, str]) -> tuple[int, dict, bytes]:  # type: ignore[type-arg]
    """Status, header and content of the answer."""
    answer = FILE.answer(Request("GET", f"/quick_htag.js?{query}", Headers(list(fields))))
    return answer.status, dict(answer.headers), answer.content()


def test_browsers_keep_it_for_good() -> None:
    """Its address changes with what it holds."""
    status, fields, content = asked()
    assert (status, content) == (200, FILE.text)
    assert fields["Content-Type"] == "text/javascript; charset=utf-8"
    assert fields["Cache-Control"] == "public, max-age=31536000, immutable"
    assert FILE.reference == f"quick_htag.js?v={FILE.version}"
    assert client_file("other()").version != FILE.version


def test_a_page_of_another_version_gets_it_and_does_not_keep_it() -> None:
    """As while a server is replaced by a newer one."""
    status, fields, content = asked("v=0")
    assert (status, content, fields["Cache-Control"]) == (200, FILE.text, "no-cache")


def test_it_is_sent_compressed() -> None:
    """To whom takes that, and caches between know that it differs."""
    status, fields, content = asked("", ("Accept-Encoding", "gzip, br"))
    assert (status, gzip.decompress(content)) == (200, FILE.text)
    assert (fields["Content-Encoding"], fields["Vary"]) == ("gzip", "Accept-Encoding")
    assert len(content) < len(FILE.text) / 2


def test_who_has_it_is_told_so() -> None:
    """Each form has a tag of its own."""
    tag = asked()[1]["ETag"]
    status, _, content = asked("", ("If-None-Match", tag))
    assert (status, content) == (304, b"")
    assert asked("", ("If-None-Match", tag), ("Accept-Encoding", "gzip"))[0] == 200
