"""The visits of the soak, each once: what ``make soak`` does for minutes works."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("htag", exc_type=ImportError)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the soak reads /proc")

HERE = Path(__file__).resolve().parent
LIMIT = 60.0
QUICK = (
    "asks_for_json",
    "has_a_session",
    "fetches_files",
    "uploads",
    "runs_a_job",
    "uses_an_app",
    "uses_an_app_without_websockets",
    "loads_a_page_and_leaves",
    "chats",
    "listens",
    "asks_the_proxy",
    "takes_a_stream",
    "breaks_off",
)


@pytest.fixture(scope="module")
def visitors() -> Iterator[ModuleType]:
    """The module with the visits."""
    before = list(sys.path)
    sys.path.insert(0, str(HERE))
    yield importlib.import_module("visitors")
    sys.path[:] = before


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server of the soak, in a process of its own; nothing may fail in it."""
    folder = tmp_path_factory.mktemp("served")
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, HERE / "served.py", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with process:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(LIMIT) == 0
        log.seek(0)
        assert "Traceback" not in log.read()


@pytest.mark.parametrize("name", QUICK)
def test_a_visit(url: str, visitors: ModuleType, name: str) -> None:
    """It gets what it wants, or leaves without a complaint of the server."""
    getattr(visitors, name)(url)


def test_every_visit_is_known(visitors: ModuleType) -> None:
    """Those that are not tried here only wait."""
    names = {visit.__name__ for visit in visitors.VISITS}
    assert names - set(QUICK) == {"dawdles", "says_nothing"}
