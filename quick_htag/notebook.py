"""The cell of a notebook that is running, and the servers that it made when it ran before.

What is remembered is kept with the shell of IPython, which is what knows about cells, so that every
kernel has its own. Where there is no IPython nothing is remembered.
"""

from __future__ import annotations

import ast
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

_PLACE: Final = "_quick_htag_servers"  # the attribute of the shell


class Server(Protocol):
    """What is known here of a server."""

    def server_close(self) -> None:
        """Stop, and release the port."""


@dataclass(frozen=True)
class _Made:
    """A server, and where it came from.

    Attributes:
        server: it may be gone.
        cell: which cell has made it.
        run: which run of that cell.

    """

    server: weakref.ref[Any]
    cell: str
    run: str


@dataclass
class CellServers:
    """The servers that cells of one kernel have made. Any thread."""

    _made: list[_Made] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)  # guards _made

    def add(self, server: Server, cell: str, run: str) -> None:
        """Note what a run of a cell has made."""
        with self._lock:
            self._made = [one for one in self._made if one.server() is not None]
            self._made.append(_Made(weakref.ref(server), cell, run))

    def take_before(self, cell: str, run: str, replaced: list[Any]) -> list[Server]:
        """What earlier runs of this cell have made, or what its names held; noted no more."""
        with self._lock:
            gone = [
                one
                for one in self._made
                if one.run != run
                and (one.cell == cell or any(one.server() is other for other in replaced))
            ]
            self._made = [one for one in self._made if one not in gone]
        return [server for one in gone if (server := one.server()) is not None]


class Cell:
    """The cell that is running.

    A front end may tell which one it is. Else it is known by its text, and by the names it assigns:
    a server that is about to lose its name is one of before, even when the text has changed.

    Args:
        shell: that of IPython.

    """

    def __init__(self, shell: Any) -> None:
        parent = _parent(shell)
        code = parent.get("content", {}).get("code")
        if not isinstance(code, str):  # no kernel but a terminal
            inputs = shell.user_ns.get("In") or [""]
            code = inputs[-1]
        told = parent.get("metadata", {}).get("cellId")
        self._shell = shell
        self.id = f"id {told}" if told else f"text {code}"
        self.run = str(parent.get("header", {}).get("msg_id") or shell.execution_count)
        self._names = set(assigned_names(code))

    def servers(self) -> CellServers:
        """Those of the kernel."""
        found = getattr(self._shell, _PLACE, None)
        if found is None:
            found = CellServers()
            setattr(self._shell, _PLACE, found)
        assert isinstance(found, CellServers)
        return found

    def close_before(self) -> int:
        """Close what the cell has made when it ran before; how many there were."""
        values = [self._shell.user_ns.get(name) for name in self._names]
        held = [value for value in values if value is not None]
        found = self.servers().take_before(self.id, self.run, held)
        for server in found:
            server.server_close()
        return len(found)

    def add(self, server: Server) -> None:
        """Note a server of this run."""
        self.servers().add(server, self.id, self.run)


def current_cell() -> Cell | None:
    """The cell that is running; None: there is no IPython. Any thread."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = None if get_ipython is None else get_ipython()
    return None if shell is None else Cell(shell)


def assigned_names(code: str) -> Iterator[str]:
    """The names that the statements of a cell assign, not those of functions and classes in it."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError):  # it has magics, which are not Python
        return
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            pending += ast.iter_child_nodes(node)


def _parent(shell: Any) -> dict[str, Any]:
    """The message that made the kernel run the cell; empty: there is no kernel."""
    get_parent = getattr(shell, "get_parent", None)
    found = get_parent() if get_parent is not None else None
    return found if isinstance(found, dict) else {}
