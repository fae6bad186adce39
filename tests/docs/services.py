"""Services of a machine: one that a unit of systemd describes, and Caddy with a file of a page."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 150.0  # seconds for a service to start, to take a configuration, or to end
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # as systemd and sudo have it
# before the file of the page: its own ports, certificates by Caddy itself, nothing outside a folder
CADDY = """{{
    http_port {http_port}
    https_port {https_port}
    default_bind 127.0.0.1
    local_certs
    skip_install_trust
    admin unix/{folder}/admin.sock
    storage file_system {folder}/storage
}}
import {folder}/sites
"""


class User(NamedTuple):
    """Whom a service runs as; without a number it is who runs the tests."""

    name: str
    uid: int | None = None
    gid: int | None = None


class Service:
    """What a unit of the type ``notify`` describes, as systemd would run it.

    Args:
        unit: the file.
        root: the folder that stands for the machine; paths of the unit are in it.
        user: whom ``User=`` means.

    """

    def __init__(self, unit: Path, root: Path, user: User) -> None:
        parser = configparser.ConfigParser(strict=True, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(re.sub(r"(?<==)(?=/)", str(root), unit.read_text(encoding="utf-8")))
        self._parser = parser
        self.unit = parser["Service"]
        assert self.unit["Type"] == "notify"
        assert self.unit["User"] == user.name
        self.user = user
        self.journal = root / f"{unit.stem}.journal"
        self._told = root / "notify"
        self.process: subprocess.Popen[bytes] | None = None

    def verify(self) -> None:
        """See that ``systemd-analyze`` has nothing to say about it."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "page.service"
            with copy.open("w") as file:
                self._parser.write(file, space_around_delimiters=False)
            command = ["systemd-analyze", "verify", str(copy)]
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=LIMIT, check=True
            )
        assert copy.name not in done.stdout + done.stderr, done.stdout + done.stderr

    def start(self) -> None:
        """Start it, and wait until it has said that it is ready."""
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told,
            self.journal.open("ab") as log,
        ):
            self._told.unlink(missing_ok=True)
            told.bind(str(self._told))
            self._told.chmod(0o777)
            told.settimeout(LIMIT)
            assert self.unit["StandardInput"] == "null"
            self.process = subprocess.Popen(
                shlex.split(self.unit["ExecStart"]),
                cwd=self.unit["WorkingDirectory"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user.uid,
                group=self.user.gid,
                extra_groups=None if self.user.uid is None else [],
            )
            while b"READY=1" not in self._receive(told):
                pass

    def _receive(self, told: socket.socket) -> bytes:
        try:
            return told.recv(4096)
        except TimeoutError:
            raise AssertionError(self.journal.read_text()) from None

    def _environment(self) -> dict[str, str]:
        """What systemd gives a service, and what its unit says."""
        given = dict(word.split("=", 1) for word in shlex.split(self.unit.get("Environment", "")))
        user = {
            "USER": self.user.name,
            "LOGNAME": self.user.name,
            "HOME": f"/home/{self.user.name}",
        }
        return {"PATH": PATH, "LANG": "C.UTF-8", **user, "NOTIFY_SOCKET": str(self._told), **given}

    def stop(self) -> None:
        """As systemd stops it; it must end in order."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(LIMIT)
            self.process = None
            assert code == 0, self.journal.read_text()

    def fail(self) -> None:
        """Kill it, which systemd answers by ``Restart``."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(LIMIT)
        assert self.unit["Restart"] == "on-failure"
        self.start()

    def kill(self) -> None:
        """End it in any case."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(LIMIT)


class Caddy:
    """A running Caddy without sites, as its package leaves it; ``reload`` gives it some."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.http_port, self.https_port = free_port(), free_port()
        self._sites = folder / "sites"
        self._sites.touch()
        self._config = folder / "Caddyfile"
        self._config.write_text(CADDY.format(folder=folder, **vars(self)))
        self._log = folder / "log"
        homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
        self._environment = {**os.environ, **homes}
        self.authority = folder / "storage" / "pki" / "authorities" / "local" / "root.crt"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                ["caddy", "run", *self._file], env=self._environment, stdout=log, stderr=log
            )
        self._admin = folder / "admin.sock"

    @property
    def _file(self) -> list[str]:
        return ["--config", str(self._config), "--adapter", "caddyfile"]

    def reload(self, sites: str, names: list[str]) -> None:
        """Take another file of sites; when this returns they are served, under their names."""
        self._sites.write_text(sites)
        self._until(self._admin.exists)
        command = ["caddy", "reload", *self._file]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=LIMIT
        )
        assert done.returncode == 0, done.stderr
        for name in names:
            self._until(partial(self._has_certificate, name))

    def _has_certificate(self, name: str) -> bool:
        """Caddy makes it after ``reload`` has ended; until then it breaks handshakes off."""
        try:
            context = ssl.create_default_context(cafile=str(self.authority))
            with (
                socket.create_connection(("127.0.0.1", self.https_port), LIMIT) as sock,
                context.wrap_socket(sock, server_hostname=name),
            ):
                return True
        except OSError:
            return False

    def _until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT
        while not holds():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.02)  # nobody tells

    def kill(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(LIMIT)
