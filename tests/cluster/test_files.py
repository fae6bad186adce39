"""The files of the example are understood by the programs they are for."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLUSTER = Path(__file__).resolve().parents[2] / "example" / "cluster"
BIN = Path(sys.executable).parent


def _said(*command: object, cwd: Path = CLUSTER) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _installed(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=f"{BIN}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_the_image() -> None:
    """Hadolint has nothing to say."""
    assert _said(_installed("hadolint"), "--failure-threshold", "style", "Dockerfile") == ""


def test_the_manifest() -> None:
    """Each object has the fields of its kind, and no others."""
    said = _said(_installed("kubernetes-validate"), "--strict", "kubernetes.yaml")
    kinds = ["deployment/web", "deployment/redis", "service/web", "ingress/web"]
    assert all(f"passed for resource {kind}" in said for kind in kinds)


def test_the_unit(tmp_path: Path) -> None:
    """Systemd takes it, once its program is there; the command is that of the example."""
    text = (CLUSTER / "quick_htag@.service").read_text(encoding="utf-8")
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.read_string(text)
    assert parser["Service"]["ExecStart"].split()[1:3] == ["app.py", "%i"]
    unit = tmp_path / "quick_htag@.service"
    unit.write_text(text.replace("/srv/app/venv/bin/python", sys.executable), encoding="utf-8")
    said = _said(_installed("systemd-analyze"), "verify", f"./{unit.name}", cwd=tmp_path)
    assert "quick_htag" not in said


def test_the_configuration_of_haproxy() -> None:
    """As it stands there."""
    _said(_installed("haproxy"), "-c", "-f", "haproxy.cfg")
