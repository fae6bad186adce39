"""Text in character sets that clients name."""

from __future__ import annotations

import codecs

import pytest

from quick_htag.messages.charsets import decode_text


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        ("utf-8", b"\xc3\xa4"),
        ("UTF8", b"\xc3\xa4"),
        ("iso-8859-1", b"\xe4"),
        ("ISO_8859-1", b"\xe4"),
        ("latin-1", b"\xe4"),
        ("windows-1252", b"\xe4"),
        ("cp1252", b"\xe4"),
        ("utf-16le", b"\xe4\0"),
    ],
)
def test_a_character_set_has_many_names(charset: str, data: bytes) -> None:
    """Those of the registry and those of Python."""
    assert decode_text(data, charset) == "ä"


@pytest.mark.parametrize(
    "charset", ["", "unknown", "rot13", "zlib", "hex", "UTF-7", "idna", "a\0b", "ütf-8", "x" * 9000]
)
def test_what_is_no_character_set_is_refused(charset: str) -> None:
    """A codec of Python may be none."""
    with pytest.raises(LookupError):
        decode_text(b"a", charset)


def test_what_is_not_in_the_character_set_is_refused() -> None:
    """Nothing is replaced or left out."""
    with pytest.raises(UnicodeError):
        decode_text(b"\xe4", "utf-8")


def test_no_name_reaches_the_search_for_codecs() -> None:
    """It keeps all it was asked for, so that clients could fill the memory with names."""
    asked: list[str] = []
    search = asked.append
    codecs.register(search)
    try:
        for charset in ("no-such-name", "another " * 4, "utf" + "-" * 30 + "8"):
            try:
                decode_text(b"a", charset)
            except LookupError:
                continue
    finally:
        codecs.unregister(search)
    assert asked == []
