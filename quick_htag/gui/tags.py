"""Tags made alike with htag 1 and htag 2."""

from __future__ import annotations

from typing import Any

from ..engines.detect import load_engine


def element(name: str, *children: Any, **attributes: Any) -> Any:
    """A tag of the installed htag.

    Args:
        name: of the element; "_" stands for "-".
        children: tags and HTML; what is plain text should go through ``text``.
        attributes: with "_" before the name, as htag has it; events too.

    Raises:
        EngineMissing: htag is not installed.

    """
    return load_engine().element(name, *children, **attributes)


def text(value: object) -> Any:
    """What shows ``value`` as text inside a tag, whatever characters are in it.

    With htag 1, text in a tag is HTML: what a visitor has written must not get there as it is.

    Raises:
        EngineMissing: htag is not installed.

    """
    return load_engine().text(str(value))
