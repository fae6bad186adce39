"""The workflow that runs the tests on other systems, as far as that can be seen here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "tests.yml"


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    """Its jobs by name."""
    if not WORKFLOW.exists():
        pytest.skip("this is not a checkout")
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    return found


def test_every_system_and_python_is_there(jobs: dict[str, Any]) -> None:
    """Those that the package says it runs on, with both generations of htag."""
    matrix = jobs["tests"]["strategy"]["matrix"]
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    pythons = re.findall(r"Python :: (3\.\d+)", setup)
    assert matrix["python"] == pythons
    assert {one.partition("-")[0] for one in matrix["system"]} == {"ubuntu", "macos", "windows"}
    assert {one.partition(".")[0] for one in matrix["htag"]} == {"1", "2"}


def test_no_browser_is_needed_there(jobs: dict[str, Any]) -> None:
    """The tests that need one are left out."""
    commands = [step.get("run", "") for step in jobs["tests"]["steps"]]
    assert [one for one in commands if "pytest" in one] == ['python -m pytest -m "not browser"']


def test_no_job_lasts_for_ever(jobs: dict[str, Any]) -> None:
    """Each has its limit, in minutes."""
    assert all(0 < job["timeout-minutes"] <= 60 for job in jobs.values())


def test_what_it_makes_can_be_made(jobs: dict[str, Any]) -> None:
    """Every target that is named is one of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    commands = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    made = [word for one in commands if one.startswith("make ") for word in one.split()[1:]]
    assert {word for word in made if "=" not in word} <= targets
