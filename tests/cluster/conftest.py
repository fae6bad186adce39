"""The cluster of the example, on this machine, and users of it without a browser."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("htag", exc_type=ImportError)

EXAMPLE = Path(__file__).resolve().parents[2] / "example" / "cluster"
PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin"


def needs(*programs: str) -> None:
    """Skip where something is not installed."""
    for name in programs:
        if not (shutil.which(name) or shutil.which(name, path=PLACES)):
            pytest.skip(f"{name} is not installed; on Debian: apt-get install {name}")


@pytest.fixture
def start_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """``start_cluster("nginx")``: the running ``Cluster`` of the example; options are its own."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.syspath_prepend(str(EXAMPLE.parents[1]))
    monkeypatch.setenv("PYTHONPATH", "")
    with ExitStack() as stack:

        def start(proxy: str, **options: Any) -> Any:
            needs(proxy, "redis-server")
            parts = importlib.import_module("parts")
            return stack.enter_context(parts.Cluster(tmp_path, proxy, **options))

        yield start
    sys.modules.pop("parts", None)
