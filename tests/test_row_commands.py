"""What commands that list something have in common."""

from __future__ import annotations

from io import StringIO

import pytest

from quick_htag.logs import MessageLog
from quick_htag.monitor.rows import TokenRow
from quick_htag.row_commands import details, one_of, selecting, shown


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("columns=token,size", "token  size\n[SERVER] a...   9 B"),
        ("size>1kB", "no tokens"),
        ("size>much", "'much' is no number, with the units b kb mb gb"),
    ],
)
def test_rows_are_shown(words, text):
    """As a table, or why there is none."""
    said = StringIO()
    rows = [TokenRow("a...", None, 9, 1)]
    shown(MessageLog(said), TokenRow, lambda: rows, "tokens")(words.split())
    assert said.getvalue() == f"[SERVER] {text}\n"


def test_one_id_is_proposed():
    """As the first word only, sorted and each once."""
    complete = one_of(lambda: ["b2", "a1", "b1", "b1"])
    assert complete([], "b") == ["b1", "b2"]
    assert complete(["a1"], "b") == []


def test_another_command_has_its_own_proposals():
    """The shorter one keeps quiet then."""
    complete = selecting(TokenRow, "show")
    assert complete([], "tt") == ["ttl>", "ttl<"]
    assert complete(["show"], "tt") == []


def test_details_are_aligned():
    """Names, then values."""
    assert details([("a", "1"), ("long", "")]) == "a     1\nlong"
