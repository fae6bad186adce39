"""Cells of notebooks: which one runs, and what it made before; in a real kernel."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from quick_htag.notebook import Cell, CellServers, assigned_names, current_cell

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 30.0  # seconds
CREATE = """\
from quick_htag import create_server
server = create_server(("", 0))
server.json_get("/answer", 0)(lambda req, args: {0})
print(server.url)
server.show("/answer")
"""


class Made:
    """In place of a server."""

    closed = False

    def server_close(self) -> None:
        self.closed = True


def cell(shell: Any, code: str, run: str, told: str | None = None) -> Cell:
    """A run of a cell, as a kernel knows it."""
    metadata = {} if told is None else {"cellId": told}
    header = {"msg_id": run}
    parent = {"header": header, "metadata": metadata, "content": {"code": code}}
    shell.get_parent = lambda: parent
    return Cell(shell)


@pytest.fixture
def shell() -> Any:
    """What is known of one."""
    return SimpleNamespace(user_ns={}, execution_count=1)


class TestCells:
    def test_without_ipython_there_is_none(self) -> None:
        """A program has no cells."""
        assert current_cell() is None

    def test_a_run_replaces_what_the_one_before_made(self, shell: Any) -> None:
        """All of it; what the same run has made stays."""
        made = [Made(), Made(), Made()]
        for one in made[:2]:
            cell(shell, "x", "run 1").add(one)
        assert not any(one.closed for one in made)
        again = cell(shell, "x", "run 2")
        assert again.close_before() == 2
        again.add(made[2])
        assert again.close_before() == 0
        assert [one.closed for one in made] == [True, True, False]

    def test_other_cells_keep_theirs(self, shell: Any) -> None:
        """As long as they are not called the same."""
        made = Made()
        shell.user_ns["one"] = made
        cell(shell, "one = x()", "run 1").add(made)
        assert cell(shell, "two = x()", "run 2").close_before() == 0
        assert cell(shell, "one = y()", "run 3").close_before() == 1

    def test_a_front_end_may_tell_the_cell(self, shell: Any) -> None:
        """Then its text may change, and another one may have the same."""
        made = Made()
        cell(shell, "x", "run 1", "a").add(made)
        assert cell(shell, "x", "run 2", "b").close_before() == 0
        assert cell(shell, "y", "run 3", "a").close_before() == 1

    def test_a_terminal_has_no_messages(self) -> None:
        """There the last input is the cell."""
        shell = SimpleNamespace(user_ns={"In": ["", "s = x()"]}, execution_count=1)
        made = shell.user_ns["s"] = Made()
        Cell(shell).add(made)
        shell.execution_count = 2
        assert Cell(shell).close_before() == 1

    def test_what_nobody_has_is_forgotten(self) -> None:
        """A server is not kept alive by this."""
        servers = CellServers()
        servers.add(Made(), "a", "1")
        assert servers.take_before("a", "2", []) == []

    @pytest.mark.parametrize(
        ("code", "names"),
        [
            ("a = 1; b: int = 2", {"a", "b"}),
            ("with x() as s, y(): t = s", {"s", "t"}),
            ("if True:\n    a, (b, c) = x", {"a", "b", "c"}),
            ("def f(): a = 1\nclass C: b = 2", set()),
            ("print(a := 1)", {"a"}),
            ("%time x = 1", set()),
        ],
    )
    def test_names_are_read(self, code: str, names: set[str]) -> None:
        """Those of the cell itself."""
        assert set(assigned_names(code)) == names


class Kernel:
    """A kernel of IPython."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, code: str) -> Any:
        """The text that a cell prints, and the HTML of its result."""
        from nbformat.v4 import new_code_cell

        cells = self._client.nb.cells
        cells.append(new_code_cell(code))
        done = self._client.execute_cell(cells[-1], len(cells) - 1)
        said = "".join(one.text for one in done.outputs if one.get("name") == "stdout")
        results = [one.data for one in done.outputs if one.output_type == "execute_result"]
        html = results[-1].get("text/html", "") if results else ""
        return SimpleNamespace(said=said, html=html, result=results and results[-1]["text/plain"])


@pytest.fixture(scope="module")
def kernel() -> Any:
    """One for all tests of this file, as its start takes seconds."""
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.v4.new_notebook()
    client = nbclient.NotebookClient(notebook, kernel_name="python3", timeout=60)
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "live_apps")])
    with client.setup_kernel(cwd=str(ROOT), env={**os.environ, "PYTHONPATH": path}):
        yield Kernel(client)


def answer(url: str) -> Any:
    """Of the endpoint; None: nobody listens there."""
    try:
        return requests.get(f"{url}answer", timeout=LIMIT).json()
    except requests.ConnectionError:
        return None


def shown(html: str) -> str:
    """The address in a frame."""
    found = re.search(r'<iframe [^>]*src="([^"]+)"', html)
    assert found is not None
    return found[1]


class TestKernel:
    def test_a_cell_shows_a_page(self, kernel: Kernel) -> None:
        """And the server goes on when the cell has ended."""
        cell = kernel.run(CREATE.format(1))
        assert shown(cell.html) == f"{cell.said.strip()}answer"
        assert answer(cell.said.strip()) == 1

    def test_a_cell_that_runs_again_replaces_its_server(self, kernel: Kernel) -> None:
        """Unchanged or changed, without knowing the port."""
        urls = [kernel.run(CREATE.format(number)).said.strip() for number in (2, 2, 3)]
        assert [answer(url) for url in urls] == [None, None, 3]

    def test_another_cell_has_another_server(self, kernel: Kernel) -> None:
        """Several live side by side."""
        first = kernel.run(CREATE.format(4)).said.strip()
        code = CREATE.format(5).replace("server = ", "other = ").replace("server.", "other.")
        second = kernel.run(code).said.strip()
        assert (answer(first), answer(second)) == (4, 5)

    def test_signals_are_left_alone(self, kernel: Kernel) -> None:
        """The kernel is interrupted as before."""
        ask = "import signal, threading; print(signal.getsignal(signal.SIGINT), {0})"
        before = kernel.run(ask.format("threading.main_thread().name")).said
        kernel.run(CREATE.format(6))
        assert kernel.run(ask.format("threading.main_thread().name")).said == before
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_a_block_ends_its_server(self, kernel: Kernel) -> None:
        """In the middle of a cell, which runs in a loop of asyncio as every cell."""
        code = (
            "import asyncio, urllib.request\n"
            "with create_server(('', 0)) as inner:\n"
            "    inner.json_get('/answer', 0)(lambda req, args: 7)\n"
            "    print(inner.url, urllib.request.urlopen(inner.url + 'answer').read())\n"
            "await asyncio.sleep(0)\n"
        )
        url, said = kernel.run(code).said.split()
        assert (said, answer(url)) == ("b'7'", None)

    def test_an_app_lives_in_the_kernel(
        self, kernel: Kernel, app_name: str, open_page: Any
    ) -> None:
        """Its page is clicked, and the next cell sees it."""
        name = app_name.partition(":")[0]
        html = kernel.run(
            f"import {name}\nclass App({name}.App):\n    seen = []\n    def init(self):\n"
            "        super().init()\n        self.seen.append(self)\n"
            "server = create_server(('', 0))\nserver.bind_htag('/', App)\nserver.show()"
        ).html
        page = open_page(shown(html))
        page.click("more")
        assert kernel.run("App.seen[0].clicks").result == "1"

    def test_the_example_runs(self, kernel: Kernel, open_page: Any) -> None:
        """From above to below, and its app is told by the last cell."""
        import nbformat

        path = ROOT / "example" / "notebook" / "counter.ipynb"
        code = [one.source for one in nbformat.read(path, 4).cells if one.cell_type == "code"]
        kernel.run(code[0])
        page = open_page(shown(kernel.run(code[1]).html))
        page.click("count")
        kernel.run(code[2])
        while "100" not in str(page.receive()):
            pass
        kernel.run(code[3])
        assert page.end() == 1001

    def test_reload_is_refused(self, kernel: Kernel) -> None:
        """A notebook cannot be started again by it."""
        code = (
            "try:\n    server.serve_forever(reload=True)\n"
            "except Exception as error:\n    print(error)\n"
        )
        assert "run the cell again" in kernel.run(code).said
