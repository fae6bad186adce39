"""The name under which an answer is saved."""

from __future__ import annotations

import pytest

from quick_htag.messages.disposition import saved_as


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("report.csv", 'attachment; filename="report.csv"'),
        ("", 'attachment; filename="download"'),
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ("ü.txt", "attachment; filename=\"u.txt\"; filename*=UTF-8''%C3%BC.txt"),
        ("報告.pdf", "attachment; filename=\"pdf\"; filename*=UTF-8''%E5%A0%B1%E5%91%8A.pdf"),
        ("报", "attachment; filename=\"download\"; filename*=UTF-8''%E6%8A%A5"),
        ("50%.txt", "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        (".bashrc", 'attachment; filename="bashrc"'),
        ('a"; filename="b.exe', 'attachment; filename="a_; filename=_b.exe"'),
        ("a\r\nX-Other: 1.txt", 'attachment; filename="aX-Other_ 1.txt"'),
    ],
)
def test_the_field(name: str, field: str) -> None:
    """Every name is one that can be saved, and none becomes more than a name."""
    assert saved_as(name) == ("Content-Disposition", field)
