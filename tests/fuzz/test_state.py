"""Tokens, stores, jobs and the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quick_htag import MemoryStore, MessageLog, RedisStore, SQLiteStore, create_server
from tests.fuzz import checks_state as state
from tests.fuzz.targets import Nowhere
from tests.fuzz.test_bodies import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quick_htag.interfaces import Store

ANYTHING = st.recursive(
    JSON | st.binary(max_size=3) | st.just(object()) | st.integers(10**400, 10**400 + 9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.integers() | st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(st.text(max_size=40) | st.integers() | st.text(min_size=1000, max_size=1100), st.integers())
def test_any_text_is_a_token_or_is_refused(key: Any, value: int) -> None:
    """And finds what was stored under it alone."""
    state.check_token(key, value)


@given(ANYTHING)
def test_a_value_is_stored_as_it_is_or_refused(value: Any) -> None:
    """With its place."""
    state.check_value(value)


@pytest.fixture(scope="module", params=["memory", "sqlite", "redis"])
def store(request: Any, tmp_path_factory: Any) -> Iterator[Store]:
    """One of each kind, for all inputs."""
    folder: Path = tmp_path_factory.mktemp("values")
    if request.param == "memory":
        made: Any = MemoryStore()
    elif request.param == "sqlite":
        made = SQLiteStore(folder / "values")
    else:
        made = RedisStore(request.getfixturevalue("redis_server").url, prefix="fuzz:")
    yield made
    made.close()


KEYS = st.sampled_from(
    [
        "a",
        "A",
        "a:",
        "a:b",
        "%",
        "_",
        "*",
        "a*",
        "?",
        "[a]",
        "\\",
        "\xe9",
        "e\u0301",
        "\U0010ffff",
        "a\0b",
        "'",
        '"; DROP TABLE items',
        "\ufffd",
        "\r\n",
        "a\U0010ffff",
    ]
)
STEPS = st.tuples(
    st.sampled_from(["put", "add", "delete", "update", "keys", "get"]),
    KEYS | st.text(max_size=3),
    JSON,
)


@given(st.lists(STEPS, min_size=1, max_size=12))
def test_a_store_is_a_dict(store: Store, steps: list[tuple[str, str, Any]]) -> None:
    """No key is taken for another one, and no prefix for a pattern."""
    state.check_store(store, steps)


@pytest.fixture(scope="module")
def job_client() -> Iterator[state.JobClient]:
    """A server with a job."""
    with create_server(("", 0), log=MessageLog(Nowhere())) as server:
        yield state.JobClient(server)


ACTIONS = st.sampled_from(["start", "get", "stop", "cargo"]) | st.text(max_size=5) | JSON
POSTS = st.fixed_dictionaries(
    {"action": ACTIONS},
    optional={"token": JSON, "payload": JSON, "seen": JSON, "id": JSON},
)


@given(POSTS | JSON)
def test_any_request_about_a_job_is_answered(job_client: state.JobClient, post: Any) -> None:
    """Or refused with a status; 500 is for jobs that fail."""
    job_client.check(post)


LINES = st.lists(
    st.sampled_from(["help", "quit", "a", "a_b", "#", "b", " ", "\t", "_", "\0", "restart"])
    | st.text(max_size=4),
    max_size=7,
).map(" ".join)
NAMES = st.lists(
    st.sampled_from(["a", "a_b", "a_b_c", "b__c", "_x"]) | st.text(max_size=6), max_size=5
)


@given(LINES | st.text(max_size=30), NAMES)
def test_a_line_of_the_prompt_is_run_or_explained(line: str, names: list[str]) -> None:
    """And what it may become begins like what is typed."""
    state.check_prompt(line, names)


WORDS = st.lists(
    st.sampled_from(
        ["idle>1h", "app=Sh*", "sort=-idle", "columns=session,app", "limit=20", "user!=a"]
    )
    | st.text("ab=<>!*?[]1.hmskB%,-_\u0660", max_size=10)
    | st.text(max_size=6),
    max_size=4,
)


@given(WORDS)
def test_words_that_choose_rows_are_understood_or_explained(words: list[str]) -> None:
    """Also halves of numbers and patterns that are none."""
    state.check_selection(words)
