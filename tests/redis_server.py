"""A real Redis for tests, at a socket in a folder of its own."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

START_LIMIT = 60.0  # seconds


class RedisServer:
    """A Redis of the tests, at a socket in a folder of its own."""

    def __init__(self, program: str, folder: Path) -> None:
        self._command = [program, "--port", "0", "--unixsocket", str(folder / "redis.sock")]
        self._command += ["--dir", str(folder), "--save", "", "--appendonly", "yes"]
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        """Start it, with what it had before, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + START_LIMIT
        while not self._answers():
            assert time.monotonic() < end, "Redis does not start"
            time.sleep(0.005)

    def stop(self) -> None:
        """End it; connections are lost."""
        self._process.terminate()
        self._process.wait(START_LIMIT)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5.0)
            try:
                sock.connect(str(self._socket))
                sock.sendall(b"PING\r\n")
                return sock.recv(100).startswith(b"+PONG")
            except OSError:
                return False
