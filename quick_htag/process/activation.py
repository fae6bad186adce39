"""Sockets that a service manager has opened for the program: systemd's protocol, sd_listen_fds(3).

``LISTEN_FDS`` descriptors begin at number 3, when ``LISTEN_PID`` is our process id.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from .handover import Held, bound_address

FIRST = 3  # SD_LISTEN_FDS_START

_MOST = 4096  # more than any unit has; a forged number shall not keep us busy
_NAMES = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")


def take_activated(environ: MutableMapping[str, str]) -> list[Held]:
    """The listening TCP sockets among them; the variables are gone then.

    None of the descriptors is inherited by children. Those of another kind stay open for whoever
    asked the service manager for them.
    """
    count, pid = environ.get("LISTEN_FDS", ""), environ.get("LISTEN_PID", "")
    if os.name == "nt" or pid != str(os.getpid()) or not count.isdecimal():
        return []
    for name in _NAMES:
        environ.pop(name, None)
    found = []
    for fd in range(FIRST, FIRST + min(int(count), _MOST)):
        try:
            os.set_inheritable(fd, False)
        except OSError:  # nothing has this number
            continue
        address = bound_address(fd)
        if address is not None:
            found.append(Held(fd, address, activated=True))
    return found
