"""Names that nobody can guess."""

from __future__ import annotations

import re

from quick_htag.names import secret_name


def test_a_name_can_stand_anywhere() -> None:
    """In addresses, cookies and scripts, as it is."""
    names = {secret_name() for _ in range(200)}
    assert all(re.fullmatch("[A-Za-z0-9_-]{32}", name) for name in names)
    assert {"-", "_"} <= set("".join(names))
    assert len(names) == 200
