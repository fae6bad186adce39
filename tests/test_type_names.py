"""Names for annotations can be used as such, with every supported Python."""

from __future__ import annotations

from typing import Optional

import pytest

from quick_htag import type_names

NAMES = """
    AnyStrResponse CmdCompleteF CmdF CmdState MiddlewareF PostFileLens PreMiddlewareF PrintF
    ReqArgs ReqF ThreadFactory TokenObj
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_it_may_stand_in_an_annotation(name: str) -> None:
    """Evaluated or not, alone or in another type."""
    value = getattr(type_names, name)
    assert Optional[value] is not None  # noqa: UP045 what scripts write
    assert list[value]  # type: ignore[valid-type]


def test_keys_of_the_arguments() -> None:
    """An endpoint gets eight things."""
    keys = "paths query post files segments fragment meta cookie"
    assert set(type_names.ReqArgs.__annotations__) == set(keys.split())
