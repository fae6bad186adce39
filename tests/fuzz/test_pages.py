"""What pages of htag apps may say: nothing they say does what they were not given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.checks_pages import Trap
from tests.fuzz.test_bodies import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = ("id", "method", "event", "args", "kargs", "data", "action", "error", "next")


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    """An app with much that no page was given."""
    pytest.importorskip("htag", exc_type=ImportError)
    made = Trap()
    yield made
    made.close()


@st.composite
def payloads(draw: Any) -> dict[str, Any]:
    """What looks like an event; "id" and the names are numbers, for what the trap has."""
    payload = {
        "id": ("id", draw(st.integers(0, 60))),
        "method": ("name", draw(st.integers(0, 30))),
        "event": ("name", draw(st.integers(0, 30))),
        "args": draw(st.just([]) | st.lists(JSON, max_size=3)),
        "kargs": draw(st.just({}) | st.dictionaries(st.text(max_size=6), JSON, max_size=3)),
        "data": draw(
            st.just({}) | st.dictionaries(st.sampled_from(["value", "callback_id"]), JSON)
        ),
    }
    changes = draw(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), JSON, max_size=2))
    return {**payload, **changes}


def filled(trap: Trap, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with real ids and names."""
    choices = {"id": trap.ids, "name": trap.names}

    def real(value: Any) -> Any:
        if isinstance(value, tuple):
            given = choices[value[0]]
            return given[value[1] % len(given)]
        return value

    return {name: real(value) for name, value in payload.items()}


@given(payloads())
def test_an_event_runs_only_what_the_page_was_given(trap: Trap, payload: Any) -> None:
    """Foreign ids, private methods, attributes, wrong types; the page goes on."""
    trap.event("/", filled(trap, payload))


@given(st.text(max_size=40) | st.binary(max_size=40) | JSON.map(str))
def test_any_message_is_an_event_or_ends_the_page(trap: Trap, message: str | bytes) -> None:
    """Which then opens anew."""
    trap.check("/", message)


@given(payloads() | st.text(max_size=40))
def test_an_encrypted_page_takes_nothing_in_the_clear(trap: Trap, payload: Any) -> None:
    """Whatever it looks like."""
    if isinstance(payload, dict):
        trap.event("/sealed", filled(trap, payload))
    else:
        trap.check("/sealed", payload)


@given(
    st.sampled_from(["event", "poll", "event/x", "stream"]),
    st.sampled_from(["", "&seen=0", "&seen=x", "&c=x&k=1", "&c=&k=" + "9" * 20, "&page=y", "&%zz"]),
    JSON.map(lambda value: json.dumps(value).encode())
    | st.lists(payloads().map(str) | st.text(max_size=20), max_size=3).map(
        lambda texts: json.dumps(texts).encode()
    )
    | st.binary(max_size=40),
)
def test_whatever_is_posted_is_answered(trap: Trap, way: str, query: str, body: bytes) -> None:
    """On the ways of pages without a websocket."""
    if way != "stream" and "k=1" not in query:  # such a poll waits
        trap.post(way, query, body)


@pytest.mark.parametrize("depth", [100, 900, 5_000, 100_000])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_no_trap(trap: Trap, depth: int, start: str, end: str) -> None:
    """However deep."""
    value = start * depth + "1" + end * depth
    page = trap.page("/")
    whole = page.envelope({"id": 1, "event": "click", "args": "HERE", "data": {"value": "HERE"}})
    trap.check("/", whole.replace('"HERE"', value))
