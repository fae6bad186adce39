"""Does what a page says: runs its Python, types its commands, starts its programs."""

from __future__ import annotations

import contextlib
import gc
import http.server
import os
import re
import runpy
import shlex
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from tests.docs.blocks import ROOT, Block, read
from tests.docs.machine import Machine, installed
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer
    from tests.docs.shell import Shell

TIMEOUT = 150.0  # seconds for a program to start, to answer or to end
LIFE = 600.0  # seconds after which a program is killed that somebody forgot
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
PORT = "8080"  # what pages say; a free one takes its place
# Every line behind a prompt is carried out but these. Here is all that is not, and why.
NOT_RUN = {
    "FUZZ=long python -m pytest tests/fuzz": "takes an hour; every run of the suite tries a part",
    "make fuzz TARGET=head,multipart SECONDS=600": "takes ten minutes, of looking for what is new",
    "make fuzz TARGET=page SECONDS=600 HTAG=1.0.0": "the same",
}
BUILT_IN = {".", "export"}  # of shells
PORTS = {PORT, "8000", "9000"}  # of commands
# what a command gets in place of the ports that it would take
FREE_PORTS = {"quick_htag": ["-p", "0"], "https": ["0", "0"], "store_redis": ["0", "0"]}
WITHOUT_PROMPT = ("/runners/", "/wsgi_app/", "/fastapi_mount/")  # others serve it there
# what is asked of an example that has been started, if it is not its page
ASKED = {
    "api": "api/notes",
    "commands": "greet/ann",
    "fastapi_mount": "htag/",
    "files": "shared/",
    "middleware": "open",
    "sign_in": "signed-out",
    "store_memory": "prime/7",
}


def installed_major() -> int:
    """The generation of the installed htag."""
    import htag

    return 2 if hasattr(htag, "State") else 1


class Script:
    """A program that serves; it prints its address when it is ready."""

    has_prompt = True

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "PYTHONWARNINGS": "error", "QUICK_HTAG_PORT": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._watchdog = threading.Timer(LIFE, self.process.kill)
        self._watchdog.start()
        self.log = ""
        self.url = self._find_url()

    def _find_url(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log += line
            if found := re.search(r"https?://[\w.:\[\]-]+", line):
                return found[0]
        self.stop()
        raise AssertionError(self.log)

    def quit(self) -> None:
        """Type ``quit``, or CTRL-C where there is no prompt; it must end in order."""
        if not self.has_prompt:
            self.process.send_signal(signal.SIGINT)
        self.log += self.process.communicate("quit\n")[0]
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
        shell: in that folder, for what is typed.
        service: the address of another one that a page takes for granted, by its name.

    """

    def __init__(
        self,
        path: Path,
        folder: Path,
        server: Callable[[], QuickServer],
        shell: Shell,
        service: Callable[[str], str],
    ) -> None:
        self.path = path
        self.folder = folder
        self.port = str(free_port())  # of programs with a name, as several pages tell them apart
        self.shell = shell
        self._service = service
        self._machine: Machine | None = None
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
            "machine": lambda: self._machine,
            "example": lambda name: runpy.run_path(str(ROOT / "example" / name / "main.py")),
        }

    @property
    def url(self) -> str:
        """The address of the program that runs, or else of the server of the page."""
        if self._machine is not None:
            return f"http://127.0.0.1:{self.port}"
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
            if self._machine is not None:
                self._machine.close()
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
        path.write_text(block.source.replace(PORT, self.port), encoding="utf-8")

    def _start(self, block: Block) -> None:
        self.close()
        source = block.source.replace(PORT, "0")
        if block.script:
            (self.folder / block.script).write_text(source, encoding="utf-8")
        command = ["python", *([block.script] if block.script else ["-c", source])]
        self._scripts.append(Script(command, self.folder, self.shell.environment))

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
            try:
                self._command(command, shown.strip())
            except AssertionError as error:
                where = f"{self.path.name}, in the block at line {block.line}: {command}"
                raise AssertionError(f"{where}\n{error}") from error

    def _command(self, line: str, shown: str) -> None:
        words = shlex.split(line, comments=True)
        if line in NOT_RUN:
            return
        if words[0] == "sudo":
            self.close()
            self._machine = self._machine or Machine(self.shell)
            self._machine.sudo(line.removeprefix("sudo "))
            return
        if words[0] == "make" or "example/" in line:
            self.shell.enter_checkout()
        if words[:2] == ["make", "run"]:
            self.shell.prepare(".env-run")
        if self._serves(words):
            self.close()
            command = ["sh", "-c", f"exec {shlex.join(self._at_free_ports(words))}"]
            self._scripts.append(Script(command, self.folder, self.shell.environment))
            self._scripts[-1].has_prompt = not any(folder in line for folder in WITHOUT_PROMPT)
            self._ask(words)
            return
        if words[0] not in BUILT_IN:
            installed(words[0], self.shell.environment["PATH"])
        said = self.shell.run(self._of_the_reader(line))
        pattern = ".*".join(map(re.escape, shown.split("...")))
        assert re.search(pattern, said, re.DOTALL), said

    def _of_the_reader(self, line: str) -> str:
        """A line with what a reader would put his own for."""
        issuer = "https://accounts.example.org"
        return line.replace(issuer, self._service("issuer")) if issuer in line else line

    def _at_free_ports(self, words: list[str]) -> list[str]:
        """A command that serves, where nobody else does, and for this machine only."""
        words = ["0" if word in PORTS else word.replace("0.0.0.0", "127.0.0.1") for word in words]
        if words[0] == "quick_htag" and "0" not in words:
            return [words[0], *FREE_PORTS[words[0]], *words[1:]]
        if words[0] == "python" and "example" in words[1] and "0" not in words:
            name = words[1].split("/")[1]
            more = [self._service("redis")] if name == "store_redis" else []
            if name == "fastapi_mount":  # uvicorn does not tell which port it has taken
                return [*words, str(free_port())]
            return [*words, *FREE_PORTS.get(name, ["0"]), *more]
        return words

    def _ask(self, words: list[str]) -> None:
        """See that an example answers."""
        if words[0] == "python" and "example" in words[1]:
            url = f"{self.url}/{ASKED.get(words[1].split('/')[1], '')}"
            until(lambda: requests.get(url, timeout=TIMEOUT, verify=False).ok)

    def _serves(self, words: list[str]) -> bool:
        """Whether a command runs until somebody ends it."""
        if words[:2] == ["make", "run"]:
            return True
        if words[0] == "quick_htag" or words[:3] == ["python", "-m", "quick_htag"]:
            return "--help" not in words
        if words[0] != "python" or words[1] == "-m":
            return False
        return "serve" in (self.folder / words[1]).read_text("utf-8")
