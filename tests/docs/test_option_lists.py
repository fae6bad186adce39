"""The tables of settings and options say all that the code has, and nothing else."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from pathlib import Path

import pytest

from quick_htag import QuickServer, Settings

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs"))

import option_lists


def test_every_setting_is_there() -> None:
    """In the order of the code, with unit and meaning."""
    options = [option for group in option_lists.settings() for option in group.options]
    assert [option.name for option in options] == [
        field.name for field in dataclasses.fields(Settings)
    ]
    assert not [option.name for option in options if not option.unit or not option.meaning]


@pytest.mark.parametrize(
    ("name", "unit", "default"),
    [
        ("keep_alive_timeout", "seconds", "75"),
        ("max_body_size", "bytes", "100 MiB"),
        ("max_chunk_size", "characters", "10 Mi"),
        ("max_event_rate", "events a second", "250"),
        ("job_link_host", "text", '"127.0.0.1"'),
        ("session_timeout", "seconds", "86400"),
    ],
)
def test_a_setting_is_told_in_its_unit(name: str, unit: str, default: str) -> None:
    """Numbers are for readers."""
    groups = option_lists.settings()
    (found,) = (option for group in groups for option in group.options if option.name == name)
    assert (found.unit, found.default) == (unit, default)


@pytest.mark.parametrize(
    ("method", "place"),
    [
        (QuickServer.__init__, ("server.py", "QuickServer", "__init__")),
        (QuickServer.bind_htag, ("gui_methods.py", "", "bind_htag")),
    ],
)
def test_every_argument_is_there(method: object, place: tuple[str, str, str]) -> None:
    """Name and default are those of the function, and each has a meaning."""
    options = option_lists.signature(*place)
    parameters = list(inspect.signature(method).parameters.values())[1:]  # type: ignore[arg-type]
    wanted = [
        (found.name, "" if found.default is found.empty else repr(found.default))
        for found in parameters
    ]
    assert [(option.name, option.default) for option in options] == wanted
    assert all(option.meaning for option in options)
