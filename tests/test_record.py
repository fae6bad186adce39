"""Records are dataclasses to everybody who looks at one."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from quick_htag import Settings
from quick_htag.record import field, record, replace

ROOT = Path(__file__).resolve().parents[1]


@record(frozen=True)
class Ours:
    """As a record."""

    kind: ClassVar[str] = "point"
    x: int
    y: int = 2
    names: list[str] = field(default_factory=list)

    @property
    def sum(self) -> int:
        """Of both."""
        return self.x + self.y


@dataclasses.dataclass(frozen=True)
class Theirs:
    """The same as a dataclass."""

    kind: ClassVar[str] = "point"
    x: int
    y: int = 2
    names: list[str] = dataclasses.field(default_factory=list)


@record()
class Changing:
    """May be changed, and looks at itself."""

    size: int = 1

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("negative")


CALLS: tuple[Callable[[Any], object], ...] = (
    lambda cls: repr(cls(1)).partition("(")[2],
    lambda cls: cls(1, 3, names=["a"]).names,
    lambda cls: cls(x=1) == cls(1),
    lambda cls: cls(1) == cls(2),
    lambda cls: cls(1) == 1,
    lambda cls: cls(1).names is cls(1).names,
    lambda cls: dataclasses.asdict(cls(1)),
    lambda cls: dataclasses.astuple(cls(1)),
    lambda cls: [(one.name, one.type) for one in dataclasses.fields(cls)],
    lambda cls: dataclasses.replace(cls(1), y=7).y,
    lambda cls: dataclasses.is_dataclass(cls),
    lambda cls: cls.__match_args__,
    lambda cls: copy.copy(cls(4)).x,
    lambda cls: pickle.loads(pickle.dumps(cls(4))).x,
    lambda cls: cls.kind,
)


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_it_does_what_a_dataclass_does(call: Callable[[Any], object]) -> None:
    """What can be asked of a dataclass gives the same."""
    assert call(Ours) == call(Theirs)


WRONG: tuple[Callable[[Any], object], ...] = (
    lambda cls: cls(),
    lambda cls: cls(1, z=3),
    lambda cls: cls(1, x=1),
    lambda cls: cls(1, 2, [], 4),
    lambda cls: hash(cls(1)),
    lambda cls: setattr(cls(1), "x", 3),
    lambda cls: delattr(cls(1), "x"),
)


@pytest.mark.parametrize("call", WRONG, ids=range(len(WRONG)))
def test_it_refuses_what_a_dataclass_refuses(call: Callable[[Any], object]) -> None:
    """The same errors, where it is used as it cannot be."""
    with pytest.raises((TypeError, AttributeError)) as theirs:
        call(Theirs)
    with pytest.raises(theirs.type):
        call(Ours)


def test_an_error_names_the_argument() -> None:
    """Who mistypes a setting reads which."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'backlock'"):
        Settings(backlock=3)
    with pytest.raises(TypeError, match="missing 'x'"):
        Ours()


def test_one_that_is_not_frozen_can_be_changed() -> None:
    """Without ``frozen`` it can be assigned to, and has no hash."""
    changing = Changing()
    changing.size = 5
    assert (changing.size, Changing(5) == changing) == (5, True)
    with pytest.raises(TypeError, match="unhashable"):
        hash(changing)


def test_it_looks_at_itself() -> None:
    """``__post_init__`` runs for new objects, those of ``replace`` too."""
    with pytest.raises(ValueError, match="negative"):
        replace(Changing(), size=-1)


def test_equal_ones_have_one_hash() -> None:
    """Frozen ones with the same values are one key."""
    assert len({Settings(), Settings(), Settings(backlog=1)}) == 2


def test_it_can_be_the_base_of_a_dataclass() -> None:
    """A program may add settings of its own."""

    @dataclasses.dataclass(frozen=True)
    class Mine(Settings):
        colour: str = "red"

    mine = Mine(backlog=7)
    assert (mine.backlog, mine.colour, mine.max_threads) == (7, "red", Settings().max_threads)


def test_the_class_is_as_it_was_written() -> None:
    """Docstring, properties and module stay."""
    assert (inspect.getdoc(Ours), Ours(1).sum) == ("As a record.", 3)
    assert Ours.__module__ == __name__


def test_it_loads_no_dataclasses() -> None:
    """Making classes and objects of them does without the module it stands for."""
    code = "import sys, quick_htag.settings as s; s.Settings(backlog=1); print(*sys.modules)"
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert not {"dataclasses", "inspect"} & set(done.stdout.split()), done.stderr
