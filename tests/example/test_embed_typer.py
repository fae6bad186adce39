"""Commands of typer, one of which shows a live app."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 30.0  # seconds

pytest.importorskip("typer")
pytest.importorskip("htag", exc_type=ImportError)


def test_commands_are_those_of_typer(load_example: Callable[[str], Any], tmp_path: Path) -> None:
    """Those without a server as well."""
    from typer.testing import CliRunner

    module = load_example("embed_typer")
    file = tmp_path / "list.json"
    found = CliRunner().invoke(module.cli, ["add", "milk", "--file", str(file)])
    assert (found.exit_code, found.output) == (0, "1 on the list\n")
    assert json.loads(file.read_text()) == ["milk"]


def test_the_app_is_shown(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    """Until CTRL-C, which ends it in order."""
    file = tmp_path / "list.json"
    file.write_text('["bread"]')
    script = str(ROOT / "example" / "embed_typer" / "main.py")
    process = subprocess.Popen(
        [sys.executable, "-u", script, "show", "--port", "0", "--file", str(file)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"open (\S+)", process.stdout.readline())
        assert found is not None
        assert "bread" in open_page(found[1]).html
        assert process.stderr is not None
        while "no command loop" not in process.stderr.readline():
            assert process.poll() is None  # from then on it takes signals
        if sys.platform != "win32":
            process.send_signal(signal.SIGINT)
            assert process.wait(LIMIT) == 0
    finally:
        process.kill()
        process.communicate()
