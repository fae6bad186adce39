"""The page about conformance has the numbers of the tables as they are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.conformance.report import GROUPS, HERE, PAGE, ROOT, limits_table

AGAIN = "make conformance ARGS=--rfc writes it"


def test_every_file_is_in_the_table() -> None:
    """A new group has its line."""
    files = {path.stem.removeprefix("test_") for path in HERE.glob("test_*.py")}
    assert files - {Path(__file__).stem.removeprefix("test_")} == {name for name, *_ in GROUPS}


def test_the_counts_are_those_of_the_tables() -> None:
    """A case that was added is counted in the page, too."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    listed = subprocess.run([*command, str(HERE)], cwd=ROOT, capture_output=True, text=True)
    assert listed.returncode == 0, listed.stdout
    counts = Counter(
        re.findall(r"^tests/conformance/test_(\w+)\.py::", listed.stdout, re.MULTILINE)
    )
    rows = re.findall(
        r"\* - ``test_(\w+)\.py``\n +- .*\n +- .*\n +- (\d+)\n", PAGE.read_text("utf-8")
    )
    assert {name: int(count) for name, count in rows} == {
        name: counts[name] for name, *_ in GROUPS
    }, AGAIN


def test_the_limits_are_the_defaults() -> None:
    """A default that was changed is changed in the page, too."""
    assert "\n".join(limits_table()) in PAGE.read_text("utf-8"), AGAIN


def test_no_case_of_autobahn_failed() -> None:
    """The table of its cases is there, with none that failed."""
    text = PAGE.read_text("utf-8").partition(".. begin autobahn")[2].partition(".. end")[0]
    rows = re.findall(r"\* - (.*)\n((?:     - .*\n?)+)", text)[1:]
    assert len(rows) > 15
    assert all(cells.rstrip().endswith("- 0") for _, cells in rows)
