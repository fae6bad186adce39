"""The machine of a reader who types ``sudo``: a folder, in which the commands do what they say.

Paths below ``/srv`` and ``/etc`` are in the folder, and users in its ``/etc/passwd``. What belongs
to another user belongs to him for real if the tests run as root, and to who runs them if not.
Units are enabled by ``systemctl``, and what they say is started and ended as systemd does it.
"""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import requests

from tests.docs.services import LIMIT, PATH, Caddy, Service, User
from tests.live_apps.gui_client import Page

if TYPE_CHECKING:
    from tests.docs.shell import Shell

FOLDERS = ("srv", "etc/systemd/system", "etc/caddy")
USERS = ("passwd", "group", "login.defs")  # the files of /etc that useradd adds to, or reads
CAN_MAKE = "import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != ({}, {}))"


class Machine:
    """What commands behind ``sudo`` change, and the services they start."""

    def __init__(self, shell: Shell) -> None:
        self._stack = ExitStack()
        # not one of pytest's, which only their owner may enter
        self.root = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.root.chmod(0o755)
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True)
        for name in USERS:
            if Path("/etc", name).exists():
                shutil.copy(Path("/etc", name), self.root / "etc")
        self._shell = shell
        self._user = User("")
        self.services: dict[str, Service] = {}
        self.caddy: Caddy | None = None

    def sudo(self, line: str) -> None:
        """Do it."""
        words = shlex.split(line)
        if "/" not in words[0]:
            installed(words[0])
        if words[0] == "systemctl":
            getattr(self, f"_{words[1]}")(words[-1])
        elif words[0] == "useradd":
            self._run("useradd", "--prefix", str(self.root), *words[1:])
            self._user = self._added(words[-1])
        else:
            self._run(*map(self._mapped, words))

    def _mapped(self, word: str) -> str:
        """A word of a command, as it has to be where a folder is the machine."""
        if word.startswith(("/srv", "/etc")):
            return f"{self.root}{word}"
        if word == "python3":
            return self._python()
        if word != f"{self._user.name}:":
            return word
        if self._user.uid is None:
            return f"{os.getuid()}:{os.getgid()}"
        return f"{self._user.uid}:{self._user.gid}"

    def _run(self, *words: str) -> None:
        hidden = ("PYTHONPATH", "VIRTUAL_ENV")
        own = {name: value for name, value in self._shell.environment.items() if name not in hidden}
        done = subprocess.run(
            words,
            cwd=self._shell.folder,
            env={**own, "PATH": PATH},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"

    def _added(self, name: str) -> User:
        """The user, with the numbers he was given; without them where these cannot be had."""
        text = (self.root / "etc" / "passwd").read_text()
        found = re.search(rf"^{name}:[^:]*:(\d+):(\d+):", text, re.MULTILINE)
        assert found, text
        return User(name, int(found[1]), int(found[2])) if os.geteuid() == 0 else User(name)

    def _python(self) -> str:
        """A Python like that of the tests whose files the user of the service may read."""
        options: dict[str, Any] = {}
        if self._user.uid is not None:
            options = {"user": self._user.uid, "group": self._user.gid, "extra_groups": []}
        probe = CAN_MAKE.format(*sys.version_info)
        for python in (sys._base_executable, shutil.which("python3", path=PATH)):  # type: ignore[attr-defined]
            try:
                subprocess.run([python, "-c", probe], check=True, timeout=LIMIT, cwd="/", **options)
            except (OSError, TypeError, subprocess.CalledProcessError):
                continue
            return str(python)
        self._user = User(self._user.name)  # nobody else can run one
        return str(sys._base_executable)  # type: ignore[attr-defined]

    def _enable(self, name: str) -> None:
        """As with ``--now``, once ``systemd-analyze`` has nothing to say about the unit."""
        unit = self.root / "etc" / "systemd" / "system" / f"{name}.service"
        self._run("systemctl", f"--root={self.root}", "enable", name)
        assert unit.name in {wanted.name for wanted in unit.parent.glob("*.wants/*")}
        service = self.services[name] = Service(unit, self.root, self._user)
        self._stack.callback(service.kill)
        service.verify()
        service.start()

    def _status(self, name: str) -> None:
        process = self.services[name].process
        assert process is not None
        assert process.poll() is None, self.services[name].journal.read_text()

    def _restart(self, name: str) -> None:
        self.services[name].stop()
        self.services[name].start()

    def _reload(self, name: str) -> None:
        """Of Caddy; its sites have addresses of this machine from then on."""
        installed(name)
        if self.caddy is None:
            self.caddy = Caddy(self.root / name)
            self._stack.callback(self.caddy.kill)
        sites = (self.root / "etc" / name / "Caddyfile").read_text(encoding="utf-8")
        names = re.findall(r"^([\w.]+) \{", sites, re.MULTILINE)
        self.caddy.reload(sites, names)
        self._stack.enter_context(
            _known(names, {80: self.caddy.http_port, 443: self.caddy.https_port})
        )

    def browser(self, url: str, visitor: Any = None) -> Tab:
        """A tab that shows a live page, of somebody who trusts the authority of Caddy."""
        assert self.caddy is not None
        authority = str(self.caddy.authority)
        if visitor is None:
            visitor = requests.Session()
            self._stack.callback(visitor.close)
        visitor.verify, visitor.trust_env = authority, False  # which may name another one
        return Tab(url, visitor, ssl.create_default_context(cafile=authority)).open()

    def close(self) -> None:
        """End the services, and be gone."""
        self._stack.close()


class Tab(Page):
    """A live page with one field."""

    def write(self, text: str) -> None:
        """Type into the field, and press Enter."""
        found = re.search(r"htag_event\('([^']+)', 'change'", self.html)
        if found:
            data = {"value": text, "callback_id": "c"}
            self.send({"id": found[1], "event": "change", "data": data})
            return
        call = re.search(r'onchange="try{interact\( ({.*?}) \)', self.html)
        assert call, self.html
        event = html.unescape(call[1]).replace("this.value", json.dumps(text))
        self.send(json.loads(event.replace("jevent(event)", "{}")))

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def installed(program: str, path: str = PATH) -> None:
    """Skip what follows where a program is not installed."""
    if shutil.which(program, path=path) is None:
        pytest.skip(f"{program} is not installed")


def _known(names: list[str], ports: dict[int, int]) -> Any:
    """Have names lead to this machine, and ports that only root may have to others."""
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host in names:
            host, port = "127.0.0.1", ports.get(port, port)
        return real(host, port, *args, **options)

    return mock.patch.object(socket, "getaddrinfo", look_up)
