"""Wheels to install from without a network: that of the checkout, and of what is installed here.

``pip`` then finds the published name of this package, and the versions that the tests run with.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = shutil.ignore_patterns(
    ".git", ".env-*", ".*_cache", "__pycache__", "*.egg-info", "build", "dist", "node_modules"
)
LIMIT = 300.0  # seconds for one command
INSTALLERS = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json"}  # what pip has added


def build(folder: Path) -> Path:
    """The wheel of this checkout, by way of the source distribution; built in a copy."""
    shutil.copytree(ROOT, folder / "source", ignore=SKIPPED)
    python = [sys.executable, "-W", "ignore"]
    _run(*python, "setup.py", "-q", "sdist", "-d", folder, cwd=folder / "source")
    (archive,) = folder.glob("*.tar.gz")
    pip = [*python, "-m", "pip", "--disable-pip-version-check", "wheel"]
    _run(*pip, "--no-deps", "--no-build-isolation", "-w", folder, archive, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stdout + done.stderr


def repack_with_requirements(folder: Path, *names: str) -> None:
    """Wheels of installed packages, and of all that these need."""
    from packaging.requirements import Requirement

    waiting, seen = list(names), set()
    while waiting:
        name = _normal(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        found = distribution(name)
        _repack(found, folder)
        needed = map(Requirement, found.requires or ())
        waiting += [
            one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})
        ]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _repack(found: Distribution, folder: Path) -> None:
    """The files of a package as they were in its wheel; scripts are made when it is installed."""
    tags = re.findall(r"^Tag: (\S+)-(\S+)-(\S+)$", found.read_text("WHEEL") or "", re.MULTILINE)
    tag = "-".join(".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True))
    (path,) = {file.parts[0] for file in found.files or () if file.match("*.dist-info/METADATA")}
    record = f"{path}/RECORD"
    lines = [f"{record},,"]
    with zipfile.ZipFile(folder / f"{path.removesuffix('.dist-info')}-{tag}.whl", "w") as wheel:
        for file in found.files or ():
            added = file.parts[0] == path and file.name in INSTALLERS
            if file.parts[0] != ".." and file.suffix != ".pyc" and not added:
                wheel.write(str(file.locate()), file.as_posix())
                lines.append(f"{file.as_posix()},,")
        wheel.writestr(record, "\n".join(lines) + "\n")
