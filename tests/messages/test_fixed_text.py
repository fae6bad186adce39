"""Texts that have a long piece in common, as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quick_htag.messages.fixed_text import FixedText
from tests.same_examples import same_examples

PIECE = "const é = 1;\n" * 50
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@same_examples
@given(st.lists(st.sampled_from([PIECE, PIECE[:100], PIECE[:-1]]) | _TEXTS), st.booleans())
def test_bytes_are_those_of_utf_8(parts: list[str], there_is_one: bool) -> None:
    """Wherever the piece is, how often, or a part of it, or not at all."""
    text = "".join(parts)
    assert FixedText(PIECE if there_is_one else "").encode(text) == text.encode()


@pytest.mark.parametrize("piece", ["", "plain", "é"])
def test_short_pieces(piece: str) -> None:
    """None, one that needs no such thing, and one character."""
    for text in ("", piece, f"a{piece}b{piece}", "€"):
        assert FixedText(piece).encode(text) == text.encode()


def test_what_cannot_be_written_is_told() -> None:
    """As ``encode`` does."""
    with pytest.raises(UnicodeEncodeError):
        FixedText(PIECE).encode(f"{PIECE}\ud800")
