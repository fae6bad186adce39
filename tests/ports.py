"""Ports for programs that must be told one, and cannot take any that is free."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """A port of this machine that nobody listens at, and that no outgoing connection is given.

    Systems take the ports of outgoing connections from 32768 on, or even higher.
    """
    numbers = random.SystemRandom()
    while True:
        port = numbers.randrange(20_000, 32_000)
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
