"""A server inside of another program: in a ``with`` block, or in the cell of a notebook."""

from __future__ import annotations

import sys
from abc import abstractmethod
from typing import TYPE_CHECKING

from .hosted_methods import HostedMethods

if TYPE_CHECKING:
    from typing import TypeVar

    S = TypeVar("S", bound="EmbeddingMethods")


class EmbeddingMethods(HostedMethods):
    """Base of ``QuickServer``; see there for the arguments."""

    _entered = False
    _is_first = False  # see ``WorkerMethods``

    @abstractmethod
    def start(self) -> None:
        """Serve on threads of its own."""

    def server_bind(self) -> None:
        """Take the place of what the cell of a notebook has made when it ran before, and bind."""
        cell = None
        if "IPython" in sys.modules:
            from .notebook import current_cell

            cell = current_cell()
        if cell is not None:
            closed = cell.close_before()
            if closed:
                self.log.message("this cell ran before: its server is closed")
        super().server_bind()
        if cell is not None:
            cell.add(self)

    def __enter__(self: S) -> S:
        self._entered = True
        return self

    @property
    def url(self) -> str:
        """The address for a browser on this machine, with a slash at its end.

        In a ``with`` block, who asks for it is about to use it, so from then on the server serves,
        on threads of its own and without a prompt and signals, as after ``start``.
        """
        if self._entered and not self._is_first:
            self.start()
        return super().url
