"""Parameters that stand side by side: found as by a regular expression, without its time."""

from __future__ import annotations

import itertools
import re
import time

import pytest

from quick_htag.runners.path_match import REST, SEGMENT, Parameter, Pieces, is_ambiguous, match

INT = "[0-9]{1,18}"


def _pieces(text: str) -> Pieces:
    """``"/{a}-{n:int}"`` taken apart."""
    kinds = {"": SEGMENT, ":path": REST, ":int": INT}
    found: Pieces = []
    for literal, name, kind in re.findall(r"([^{}]*)(?:\{(\w+)(:\w+)?\})?", text):
        found += [literal] if literal else []
        found += [Parameter(name, kinds[kind])] if name else []
    return found


def _regex(pieces: Pieces) -> str:
    parts = (
        re.escape(one) if isinstance(one, str) else f"(?P<{one.name}>{one.regex})" for one in pieces
    )
    return "".join(parts) + "/?"


@pytest.mark.parametrize(
    "text",
    [
        "/{a}-{b}",
        "/{a}-{b}-{c}",
        "/{a}{b}",
        "/{a:path}/{b:path}",
        "/{a:path}1{b}",
        "/{a}-{n:int}-{b}",
        "/{a}{n:int}{b}",
        "/{a}1{b}/-{c}",
        "/",
        "",
    ],
)
def test_it_finds_what_the_expression_finds(text: str) -> None:
    """Every path of up to six signs, the same pieces or none."""
    pieces = _pieces(text)
    expression = re.compile(_regex(pieces), re.DOTALL)
    for length in range(6):
        for signs in itertools.product("/-1a", repeat=length):
            path = "/" + "".join(signs)
            found = expression.fullmatch(path)
            assert match(pieces, path) == (None if found is None else found.groupdict()), path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/{a}-{b}-{c}", "/" + "-" * 8000 + "/x"),
        ("/{a}-{b}-{c}.html", "/" + "-" * 8000),
        ("/{a:path}/{b:path}/{c:path}/d", "/" * 8000),
        ("/{a}-{n:int}-{b}", "/" + "1" * 8000),
    ],
)
def test_a_long_path_takes_no_time(text: str, path: str) -> None:
    """A regular expression would take hours for most of these."""
    begin = time.thread_time()
    assert match(_pieces(text), path) is None
    assert time.thread_time() - begin < 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/{a}/{b}/{c:path}", False),
        ("/{a}/x-{b}.html", False),
        ("/{n:int}-{m:int}-{a}", False),
        ("/{a}-{b}", True),
        ("/{a:path}/{b:path}", True),
        ("/{a}{n:int}{b}", True),
    ],
)
def test_which_paths_need_it(text: str, expected: bool) -> None:
    """Those in which two parameters of any length compete."""
    assert is_ambiguous(_pieces(text)) is expected
