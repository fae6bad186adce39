"""Errors of scripts in pages, as browsers tell them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from quick_htag.guis.browser_errors import BURST, REFILL, BrowserErrors, described

ERROR = {
    "kind": "error",
    "reference": "a1b2c3d4",
    "text": "TypeError: x is not a function",
    "file": "http://localhost/app.js",
    "line": 12,
    "column": 5,
    "stack": "at buy (http://localhost/app.js:12:5)\nat http://localhost/:3:1",
}


def test_an_error_is_a_line_with_its_place_and_a_stack() -> None:
    """The lines of the stack are indented."""
    assert described(ERROR).split("\n") == [
        (
            "JavaScript error in a page (reference a1b2c3d4): TypeError: x is not a function"
            " at http://localhost/app.js:12:5"
        ),
        "    at buy (http://localhost/app.js:12:5)",
        "    at http://localhost/:3:1",
    ]


@pytest.mark.parametrize(
    ("kind", "said"), [("rejection", "unhandled rejection"), ("script", "script of the app")]
)
def test_kinds(kind: str, said: str) -> None:
    """What the browser calls it."""
    assert described({**ERROR, "kind": kind}).startswith(f"{said} in a page")


@pytest.mark.parametrize(
    "text", ["a\n[SERVER] forged", "a\r[SERVER] forged", "a\u2028b", "\x1b[2J", "\u202eb"]
)
@pytest.mark.parametrize("field", ["text", "file", "stack", "reference", "kind"])
def test_nothing_can_be_forged(field: str, text: str) -> None:
    """No line of its own, and no code for a terminal."""
    lines = described({**ERROR, "stack": "", field: text}).split("\n")
    assert all(line.startswith("    ") for line in lines[1:])
    assert all(sign.isprintable() for line in lines for sign in line)


@pytest.mark.parametrize(
    "told", [None, [], "text", 7, {}, {"text": {"a": 1}}, {**ERROR, "line": "1", "column": True}]
)
def test_what_is_of_another_form_does_no_harm(told: Any) -> None:
    """A page may say anything."""
    assert " in a page" in described(told)


def test_a_huge_text_is_cut_at_once() -> None:
    """However it is made."""
    begun = time.thread_time()
    text = described(dict.fromkeys(ERROR, "a:" * 2_000_000))
    assert len(text) < 3000
    assert time.thread_time() - begun < 5.0


def test_no_query_is_logged() -> None:
    """It may hold a secret."""
    address = "http://localhost/app.js?token=secret"
    told = {**ERROR, "text": f"no {address}", "file": address, "stack": f"at {address}:1:2"}
    assert "secret" not in described(told)
    assert "at http://localhost/app.js:1:2" in described(told)


def test_a_flood_is_told_ever_so_slowly(clock: Any) -> None:
    """With how many were left out."""
    lines: list[str] = []
    errors = BrowserErrors(lines.append, clock)
    for _ in range(BURST + 5):
        errors.told(ERROR)
    assert len(lines) == BURST
    clock.advance(REFILL)
    errors.told({"text": "last"})
    errors.told({"text": "too soon"})
    assert lines[BURST:] == ["JavaScript error in a page: last (5 others before were left out)"]
