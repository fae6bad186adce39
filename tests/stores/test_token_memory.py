"""Tokens in memory; what all stores of tokens have in common is in test_tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quick_htag.stores.token_memory import DefaultTokenHandler
from quick_htag.stores.tokens import Tokens

if TYPE_CHECKING:
    from tests.conftest import Clock


def test_use_costs_no_memory(clock: Clock) -> None:
    """However often a token is used, shortened or forgotten, the queue of times stays small."""
    handler = DefaultTokenHandler(clock=clock)
    tokens = Tokens(handler)
    for _ in range(10):
        tokens.open("used", 100.0)
        clock.advance(1.0)
    assert len(handler._heap) == 1
    for number in range(1000):
        tokens.open("used", 100.0)
        tokens.open("shortened", 5000.0 - number)
        tokens.open("gone", 50.0)
        tokens.open("gone", 0)
    assert len(handler._heap) < 100
    clock.advance(99.0)
    assert sorted(tokens.all()) == ["shortened", "used"]
    clock.advance(5000.0)
    assert (tokens.all(), handler._heap) == ([], [])


def test_any_object_may_be_kept(clock: Clock) -> None:
    """Nothing is written down, so nothing has to be JSON."""
    tokens = Tokens(DefaultTokenHandler(clock=clock))
    thing = object()
    tokens.open("t")["thing"] = thing
    assert tokens.open("t")["thing"] is thing


def test_tokens_are_counted(clock: Clock) -> None:
    """Without looking at each."""
    tokens = Tokens(DefaultTokenHandler(clock=clock))
    for name in ("a", "b"):
        tokens.open(name)
    assert tokens.count() == 2
