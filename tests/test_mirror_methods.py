"""Files of ours in the source tree of a front end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from quick_htag import QuickServer
from quick_htag.errors import ConfigurationError
from quick_htag.script_methods import worker_script


@pytest.fixture
def server(live_server: QuickServer, tmp_path: Path) -> QuickServer:
    """A server with a base path of its own."""
    live_server.base_path = str(tmp_path)
    return live_server


@pytest.mark.parametrize("classic", [True, False])
def test_worker_script_is_put_below_the_base_path(
    server: QuickServer, tmp_path: Path, classic: bool
) -> None:
    """It is the file that is served, complete; at every start again."""
    put: Callable[[str], None] = server.mirror_worker_js
    if classic:
        put = server.mirror_legacy_worker_js
    for _ in range(2):
        put("src/worker.js")
    expected = worker_script(classic=classic)
    assert (tmp_path / "src" / "worker.js").read_text(encoding="utf-8") == expected


def test_a_file_of_somebody_else_stays(server: QuickServer, tmp_path: Path) -> None:
    """It is not ours to delete."""
    (tmp_path / "worker.js").write_text("mine")
    with pytest.raises(ConfigurationError, match="move it away"):
        server.mirror_worker_js("worker.js")
    assert (tmp_path / "worker.js").read_text() == "mine"


def test_another_script_is_a_mirror(server: QuickServer, tmp_path: Path) -> None:
    """The name of a script of ours is enough."""
    server.mirror_file("src/backoff.js", "backoff.js")
    assert "export function" in (tmp_path / "src" / "backoff.js").read_text(encoding="utf-8")
