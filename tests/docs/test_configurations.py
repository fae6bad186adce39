"""Configurations that the pages show are understood by the programs they are for.

Those of ``docs/deployment.rst`` are run by ``tests/scenarios/test_behind_proxy.py``, with a live
app behind them.
"""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.blocks import PAGES, Block, read

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = [(path.stem, block) for path in PAGES for block in read(path)]


def _blocks(wanted: str) -> list[object]:
    """The blocks in a language, or with a file name, as parameters with the page in their name."""
    return [
        pytest.param(block, id=f"{page}-{block.line}")
        for page, block in BLOCKS
        if wanted in (block.kind, block.caption)
    ]


def _run(*command: str, cwd: Path) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("block", _blocks("ini"))
def test_units_say_what_they_start(block: Block) -> None:
    """Sections and keys are those of a unit, and a service has the type a server of ours can be."""
    parser = configparser.ConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(block.source)
    assert set(parser.sections()) <= {"Unit", "Service", "Socket", "Install"}
    if "Service" in parser:
        assert parser["Service"]["Type"] == "notify"
        assert parser["Service"]["ExecStart"].split()[0].endswith("/python")


@pytest.mark.parametrize("block", _blocks("ini"))
def test_systemd_takes_units(block: Block, tmp_path: Path) -> None:
    """``systemd-analyze`` has nothing to say about them, once their program is there."""
    kind = "socket" if "[Socket]" in block.source else "service"
    lines = [
        f"ExecStart={sys.executable} -V" if line.startswith("ExecStart=") else line
        for line in block.source.splitlines()
        if not line.startswith("User=")
    ]
    (tmp_path / f"page.{kind}").write_text("\n".join(lines))
    if kind == "socket":  # which starts the service of its name
        service = f"[Service]\nExecStart={sys.executable} -V\n"
        (tmp_path / "page.service").write_text(service)
    said = _run("systemd-analyze", "verify", f"./page.{kind}", cwd=tmp_path)
    assert f"page.{kind}" not in said


@pytest.mark.parametrize("block", _blocks("Caddyfile"))
def test_caddy_takes_its_file(block: Block, tmp_path: Path) -> None:
    """It becomes a configuration that passes requests on to our port."""
    (tmp_path / "Caddyfile").write_text(block.source)
    said = _run("caddy", "adapt", "--config", "Caddyfile", cwd=tmp_path)
    assert '"dial":"127.0.0.1:8080"' in said.replace(" ", "")


@pytest.mark.parametrize("block", _blocks("json"))
def test_json_is_json(block: Block) -> None:
    """What is said to be JSON can be read."""
    json.loads(block.source)


@pytest.mark.parametrize("block", _blocks("yaml"))
def test_yaml_is_yaml(block: Block) -> None:
    """What is said to be YAML can be read."""
    yaml = pytest.importorskip("yaml")
    assert isinstance(yaml.safe_load(block.source), dict)


def test_configurations_of_nginx_are_run() -> None:
    """They are all on the page whose proxies are run."""
    assert {page for page, block in BLOCKS if block.kind == "nginx"} == {"deployment"}
