"""Listening sockets given from one process to the next: how the next one learns of them.

One variable, ``QUICK_HTAG_SOCKETS``, holds a JSON object and is for exactly one process. It is
taken out of the environment when it is read, and means nothing to another process that inherits it:

``pid``
    the process it is for; an ``exec`` keeps the process id. Or:
``parent``
    the process whose direct child it is for: a supervisor and the program it runs.
``sockets``
    ``[fd, host, port, activated]`` each: a descriptor, the address that ``create_server`` was asked
    for, and whether a service manager opened it.
``control``
    only with ``parent``: descriptor of a Unix stream socket. Before the child asks for a restart by
    its exit code it sends its listening sockets there, one message each: a JSON line in the form
    above with the descriptor as SCM_RIGHTS (unix(7)). The next child gets them. A child whose
    parent has been killed before it takes anything is given this one alone, where it reads that.

POSIX only; elsewhere nothing is given and nothing taken.
"""

from __future__ import annotations

import array
import json
import os
import select
import socket
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from typing import Any

from ..record import field, record
from .beginning import ENV_SOCKETS

# Windows lacks some of their names; nothing that needs them runs there
_posix: Any = socket
_select: Any = select

SUPPORTED = os.name == "posix" and hasattr(socket, "SCM_RIGHTS")

_MESSAGE = 4096  # bytes; a line with one address is far shorter
_RIGHTS = 16  # descriptors of one message; we send one

Address = tuple[str, int]


@record(frozen=True)
class Held:
    """A listening socket that no server has.

    Attributes:
        fd: its descriptor.
        address: host and port as ``create_server`` was asked; of an activated one where it is.
        activated: a service manager opened it.

    """

    fd: int
    address: Address
    activated: bool = False

    def close(self) -> None:
        """Close the descriptor."""
        with suppress(OSError):  # somebody did
            os.close(self.fd)


@record(frozen=True)
class Handover:
    """What a process was given."""

    sockets: list[Held] = field(default_factory=list)
    control: int | None = None


def bound_address(fd: int) -> Address | None:
    """Where a descriptor listens for TCP connections; None: it is something else."""
    try:
        with socket.socket(fileno=os.dup(fd)) as sock:
            if sock.family not in (socket.AF_INET, socket.AF_INET6):
                return None
            if sock.type != socket.SOCK_STREAM:
                return None
            if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return None
            host, port = sock.getsockname()[:2]
            return str(host), int(port)
    except OSError:
        return None


def encode(
    sockets: Iterable[Held],
    *,
    pid: int | None = None,
    parent: int | None = None,
    control: int | None = None,
) -> str:
    """The value of the variable, for a process by its id or for a child of ``parent``."""
    return json.dumps(
        {
            "pid": pid,
            "parent": parent,
            "control": control,
            "sockets": [[held.fd, *held.address, held.activated] for held in sockets],
        }
    )


def take(environ: MutableMapping[str, str]) -> Handover:
    """What this process was given; the variable is gone then, and children inherit nothing.

    Nothing when it was for another process. A descriptor that does not listen is left alone.
    """
    text = environ.pop(ENV_SOCKETS, None)
    if text is None or not SUPPORTED:
        return Handover()
    try:
        given = json.loads(text)
        if given.get("pid") != os.getpid() and given.get("parent") != os.getppid():
            control = _control(given.get("control"))
            # one whose parent has been killed before it came here is to learn of that
            return Handover(control=control if _is_hung_up(control) else None)
        sockets = [_held(entry) for entry in given["sockets"]]
        control = given.get("control")
    except (ValueError, TypeError, LookupError, AttributeError):  # not written by us
        return Handover()
    return Handover([held for held in sockets if held and _ours(held.fd)], _control(control))


def _held(entry: Any) -> Held | None:
    fd, host, port, activated = entry
    if type(fd) is not int or fd < 0 or bound_address(fd) is None:
        return None
    return Held(fd, (str(host), int(port)), bool(activated))


def _ours(fd: int) -> bool:
    try:
        os.set_inheritable(fd, False)
    except OSError:
        return False
    return True


def _control(fd: Any) -> int | None:
    if type(fd) is not int or fd < 0:
        return None
    try:
        with socket.socket(fileno=os.dup(fd)) as sock:
            fits = sock.family == _posix.AF_UNIX
    except OSError:
        return None
    return fd if fits and _ours(fd) else None


def _is_hung_up(control: int | None) -> bool:
    """Whether there is nobody at the other end of a channel."""
    if control is None:
        return False
    ends = _select.poll()
    ends.register(control, _select.POLLIN | _select.POLLHUP)
    return any(found & _select.POLLHUP for _, found in ends.poll(0))


def send(control: int, sockets: Iterable[Held]) -> None:
    """Give sockets to the supervisor.

    Raises:
        OSError: it is gone, or takes nothing for a second.

    """
    with socket.socket(fileno=os.dup(control)) as channel:
        channel.settimeout(1.0)
        sender: Any = channel
        for held in sockets:
            line = json.dumps([held.fd, *held.address, held.activated]).encode() + b"\n"
            rights = array.array("i", [held.fd])
            sender.sendmsg([line], [(socket.SOL_SOCKET, _posix.SCM_RIGHTS, rights)])


def receive(channel: socket.socket) -> list[Held]:
    """What a child that has ended did send; never waits."""
    lines, fds = b"", array.array("i")
    receiver: Any = channel
    with suppress(OSError):  # BlockingIOError: that was all
        while True:
            data, ancillary, _, _ = receiver.recvmsg(
                _MESSAGE, _posix.CMSG_SPACE(_RIGHTS * fds.itemsize), _posix.MSG_DONTWAIT
            )
            for _, kind, rights in ancillary:
                if kind == _posix.SCM_RIGHTS:
                    fds.frombytes(rights[: len(rights) - len(rights) % fds.itemsize])
            if not data:
                break
            lines += data
    found = []
    for fd, line in zip(fds, lines.splitlines(), strict=False):
        os.set_inheritable(fd, False)
        try:
            _, host, port, activated = json.loads(line)
            found.append(Held(fd, (str(host), int(port)), bool(activated)))
        except (ValueError, TypeError):  # the child wrote something of its own
            os.close(fd)
    for fd in fds[len(lines.splitlines()) :]:
        os.close(fd)
    return found
