"""CSS selectors: a tag or *, #id, .class, [attribute], [attribute="value"], and these combined;
descendants ("form input"), children ("ul > li") and alternatives ("button, a").
"""  # noqa: D205 a list, not a sentence

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .dom import Element

Matcher = Callable[["Element"], bool]

_PART: Final = re.compile(
    r"(?P<tag>\*|[a-zA-Z][\w-]*)"
    r"|#(?P<id>[\w-]+)"
    r"|\.(?P<class>[\w-]+)"
    r"|\[(?P<name>[\w-]+)(?:=(?P<quote>[\"']?)(?P<value>[^\"'\]]*)(?P=quote))?\]"
)
_COMBINATOR: Final = re.compile(r"\s*(>)\s*|\s+")


def matcher(selector: str) -> Matcher:
    """A function that tells whether a selector selects an element.

    Raises:
        ValueError: it is not understood.

    """
    alternatives = [_chain(one.strip()) for one in selector.split(",")]
    return lambda element: any(matches(element) for matches in alternatives)


def _chain(selector: str) -> Matcher:
    matches, at = _compound(selector, 0)
    while at < len(selector):
        found = _COMBINATOR.match(selector, at)
        if found is None:
            raise _not_understood(selector)
        inner, at = _compound(selector, found.end())
        matches = _below(matches, inner, direct=found[1] is not None)
    return matches


def _below(outer: Matcher, inner: Matcher, *, direct: bool) -> Matcher:
    def matches(element: Element) -> bool:
        if not inner(element):
            return False
        if direct:
            return element.parent is not None and outer(element.parent)
        return any(outer(one) for one in element.ancestors())

    return matches


def _compound(selector: str, at: int) -> tuple[Matcher, int]:
    tests: list[Matcher] = []
    while found := _PART.match(selector, at):
        if found["tag"] and tests:
            break
        tests.append(_test(found))
        at = found.end()
    if not tests:
        raise _not_understood(selector)
    return lambda element: all(test(element) for test in tests), at


def _test(found: re.Match[str]) -> Matcher:
    if found["tag"]:
        tag = found["tag"].lower()
        return lambda element: tag in ("*", element.tag)
    if found["id"]:
        return lambda element: element.get("id") == found["id"]
    if found["class"]:
        return lambda element: found["class"] in (element.get("class") or "").split()
    if found["value"] is None:
        return lambda element: found["name"] in element.attributes
    return lambda element: element.get(found["name"]) == found["value"]


def _not_understood(selector: str) -> ValueError:
    return ValueError(
        f"the selector {selector!r} is not understood; there are tag, #id, .class, [attribute], "
        '[attribute="value"], "outer inner", "parent > child" and "this, that"'
    )
