"""The data of a session, by itself; test_session has it in its session."""

from __future__ import annotations

import json
import pickle
from typing import Any

from quick_htag.stores.session_data import SessionData


class _Session:
    """Tells what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def enter(self) -> None:
        self.asked.append("enter")

    def leave(self) -> None:
        self.asked.append("leave")


def test_a_block_is_one_of_its_session() -> None:
    """The session is asked for when it is needed, and not before."""
    session: Any = _Session()
    data = SessionData(lambda: session)
    data["a"] = 1
    assert session.asked == []
    with data as inside:
        assert inside is data
    assert session.asked == ["enter", "leave"]


def test_it_is_a_dict() -> None:
    """For JSON, and its copies belong to who made them."""
    data = SessionData(lambda: _Session())  # type: ignore[arg-type,return-value]
    data.update(name="Ada", list=[1])
    assert json.dumps(data) == '{"name": "Ada", "list": [1]}'
    assert type(pickle.loads(pickle.dumps(data))) is dict
