"""How example/notebook comes to look like its picture: in a real JupyterLab, with a real kernel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

NOTEBOOK = Path(__file__).resolve().parents[2] / "example" / "notebook" / "counter.ipynb"
FOLDERS = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")  # of Jupyter, so that it knows no habits
OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0",
    "--IdentityProvider.token=",
)


@contextmanager
def running_lab(folder: Path) -> Iterator[str]:
    """JupyterLab, in a folder that has a copy of the notebook; the address of its page."""
    shutil.copy(NOTEBOOK, folder)
    own = {f"JUPYTER_{name}": str(folder / ".jupyter" / name) for name in FOLDERS}
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *OPTIONS],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(NOTEBOOK.parents[2]), **own},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                yield f"{found[0]}doc/tree/{NOTEBOOK.name}"
                return
        raise SystemExit("JupyterLab has not started")
    finally:
        process.terminate()  # and its kernels
        process.communicate()


def notebook(page: Page) -> None:
    """The first three cells have run, and the app has been clicked three times."""
    page.get_by_role("button", name="No", exact=True).click()  # about news
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle")
    page.click(".jp-MarkdownCell")
    page.keyboard.press("Shift+Enter")
    for count in (1, 2):
        page.keyboard.press("Shift+Enter")
        page.wait_for_selector(f".jp-CodeCell >> text='[{count}]:'")
    app = page.frame_locator(".jp-OutputArea iframe")
    for count in range(1, 4):
        app.locator("body:not(.htagoff):not(.interacting) .count").click()
        app.locator(f".number:text-is('{count}')").wait_for()
    page.locator(".jp-OutputArea iframe").scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the cells below move to their places
