"""What non-blocking sockets are asked: whether they are ready, at their end, or secured."""

from __future__ import annotations

import select
import socket
import ssl
import sys


def wait_for(
    sock: socket.socket,
    other: socket.socket | None,
    timeout: float,
    *,
    writable: bool = False,
    readable: bool = True,
) -> list[socket.socket]:
    """Wait until ``sock`` is readable (or takes data), or ``other`` is readable; which are."""
    watched = [sock] if other is None else [sock, other]
    # where it can be helped not by select, which cannot watch descriptors from 1024
    if sys.platform != "win32" and hasattr(select, "poll"):
        poller = select.poll()
        for one in watched:
            writes = select.POLLOUT if writable and one is sock else 0
            reads = select.POLLIN if readable or one is not sock else 0
            poller.register(one.fileno(), reads | writes)
        numbers = {number for number, _ in poller.poll(timeout * 1000.0)}
        return [one for one in watched if one.fileno() in numbers]
    writers = [sock] if writable else []
    readers = watched if readable else watched[1:]
    arrived, taking, _ = select.select(readers, writers, [], timeout)
    return [one for one in watched if one in arrived or one in taking]


def has_ended(sock: socket.socket) -> bool:
    """Whether the other end has closed; what has arrived stays there."""
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except (BlockingIOError, InterruptedError):
        return False
    except OSError:  # reset
        return True


def shake_hands(sock: ssl.SSLSocket) -> bool | None:
    """Go on with a handshake; whether it waits to write, None when it is done."""
    try:
        sock.do_handshake()
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLWantWriteError:
        return True
    return None
