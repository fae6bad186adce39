"""Does what a page says: runs its Python, types its commands, starts its programs."""

from __future__ import annotations

import contextlib
import gc
import http.server
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.docs.blocks import ROOT, Block, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

TIMEOUT = 60.0  # seconds for a program to start, to answer or to end
LIFE = 170.0  # seconds after which a program is killed that somebody forgot
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
PORT = "8080"  # what pages say; a free one takes its place
# commands that are looked at and not run: they change the machine or make an environment. Examples
# are run by their own tests.
LOOKED_AT = ("make", "pip", "sudo", "export", ".")


def installed_major() -> int:
    """The generation of the installed htag."""
    import htag

    return 2 if hasattr(htag, "State") else 1


class Script:
    """A program that serves; it prints its address when it is ready."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", *command],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(LIFE, self.process.kill)
        self._watchdog.start()
        self.log = ""
        self.url = self._find_url()

    def _find_url(self) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line
            if found := re.search(r"https?://[\w.:\[\]-]+", line):
                return found[0]
        self.stop()
        raise AssertionError(self.log)

    def quit(self) -> None:
        """Type ``quit``; it must end in order."""
        self.log += self.process.communicate("quit\n")[1]
        self.stop()
        assert self.process.returncode == 0, self.log

    def stop(self) -> None:
        """End it in any case."""
        self._watchdog.cancel()
        self.process.kill()
        self.process.communicate()


def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds, connections that are cut meanwhile included."""
    end = time.monotonic() + TIMEOUT
    while True:
        with contextlib.suppress(requests.RequestException):
            if holds():
                return
        assert time.monotonic() < end, "it has never come true"
        time.sleep(0.05)


class PageRun:
    """One page, read from top to bottom by somebody who does what it says.

    Args:
        path: the page.
        folder: the current folder, empty.
        server: makes the server that blocks call ``server`` without having made one.

    """

    def __init__(self, path: Path, folder: Path, server: Callable[[], QuickServer]) -> None:
        self.path = path
        self.folder = folder
        self._make_server = server
        self._server: QuickServer | None = None
        self._scripts: list[Script] = []
        self.names: dict[str, Any] = {
            "__name__": "__page__",
            "folder": folder,
            "environment": ENVIRONMENT,
            "page": path,
            "get": self.get,
            "post": self.post,
            "until": until,
            "visitor": requests.Session,
            "script": lambda: self._scripts[-1],
            "example": lambda name: runpy.run_path(str(ROOT / "example" / name / "main.py")),
        }

    @property
    def url(self) -> str:
        """The address of the program that runs, or else of the server of the page."""
        running = [script for script in self._scripts if script.process.poll() is None]
        return running[-1].url if running else self.server.url.rstrip("/")

    @property
    def server(self) -> QuickServer:
        """The server of blocks that do not make one."""
        if self._server is None:
            self._server = self._make_server()
        return self._server

    def get(self, path: str, **options: Any) -> requests.Response:
        """The answer to ``GET``."""
        return requests.get(self.url + path, timeout=TIMEOUT, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> requests.Response:
        """The answer to ``POST``."""
        return requests.post(self.url + path, json=json, timeout=TIMEOUT, **options)

    def close(self) -> None:
        """End what still runs, and see that it ends well."""
        for script in self._scripts:
            if script.process.poll() is None:
                script.quit()

    def kill(self) -> None:
        """End what still runs, after a failure."""
        for script in self._scripts:
            script.stop()

    def run(self) -> None:
        """The whole page."""
        major = installed_major()
        try:
            for block in read(self.path):
                if block.major in (0, major):
                    self._run(block)
            self.close()
        finally:
            self.kill()
            for made in {id(value): value for value in self.names.values()}.values():
                if isinstance(made, http.server.HTTPServer):
                    made.server_close()  # harmless where the page has done it
            self.names.clear()
            gc.collect()  # what was left open is the fault of this page, and not of the next

    def _run(self, block: Block) -> None:
        if block.caption:
            self._save(block)
        elif block.is_script:
            self._start(block)
        elif block.kind in ("python", "setup", "check"):
            self._execute(block)
        if block.kind == "console":
            self._type(block)

    def _save(self, block: Block) -> None:
        path = self.folder / block.caption
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.source.replace(PORT, "0"), encoding="utf-8")

    def _start(self, block: Block) -> None:
        self.close()
        source = block.source.replace(PORT, "0")
        if block.script:
            (self.folder / block.script).write_text(source, encoding="utf-8")
        self._scripts.append(
            Script([block.script] if block.script else ["-c", source], self.folder)
        )

    def _execute(self, block: Block) -> None:
        """Python, with the lines of the page in tracebacks."""
        if block.kind == "python" and not re.search(r"\bcreate_server\(", block.source):
            if re.search(r"\bserver\b", block.source):
                self.close()
                self.names["server"] = self.server
        else:
            self.names.setdefault("server", None)
        source = "\n" * (block.line - 1) + block.source.replace(PORT, "0")
        self.names["url"] = self.url if block.kind == "check" else ""
        exec(compile(source, self.path, "exec"), self.names)

    def _type(self, block: Block) -> None:
        """The lines behind a prompt are commands, the others what they print."""
        for part in re.split(r"^\$ ", block.source.replace("\\\n", ""), flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            where = f"{self.path.name}, in the block at line {block.line}: {command}"
            self._command(shlex.split(command, comments=True), shown.strip(), where)

    def _command(self, words: list[str], shown: str, where: str) -> None:
        if words[0] in LOOKED_AT or re.match("python (-m venv|example/)", " ".join(words)):
            _look_at(words, where)
            return
        if words[0] == "quick_htag":
            words = ["python", "-m", *words]
        if words[0] == "python" and self._serves(words):
            self.close()
            self._scripts.append(Script(words[1:], self.folder))
            return
        if words[0] == "python":
            words[0] = sys.executable
        elif shutil.which(words[0]) is None:
            pytest.skip(f"{words[0]} is not installed")
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.returncode == 0, f"{where}\n{done.stdout}{done.stderr}"
        pattern = ".*".join(map(re.escape, shown.split("...")))
        assert re.search(pattern, done.stdout, re.DOTALL), f"{where}\n{done.stdout}"

    def _serves(self, words: list[str]) -> bool:
        """Whether a command runs until somebody ends it."""
        if words[1] == "-m":
            return words[2] == "quick_htag" and "--help" not in words
        path = self.folder / words[1]
        return not path.exists() or "serve_forever(" in path.read_text("utf-8")


def _look_at(words: list[str], where: str) -> None:
    """Fails when a command names what is not there."""
    if words[0] == "python" and words[1] != "-m":
        assert (ROOT / words[1]).exists(), where
    if words[0] == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        named = {word for word in words[1:] if "=" not in word}
        assert named <= set(targets), where
    if words[0] == "pip":
        known = set(re.findall(r'^ {8}"(\w+)": \[', (ROOT / "setup.py").read_text("utf-8"), re.M))
        extras = {extra for word in words for extra in re.findall(r"\[(.+)\]", word)}
        assert {name for extra in extras for name in extra.split(",")} <= known, where
