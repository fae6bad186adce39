"""How parts of a server end that it has only if something needed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .deadline import Deadline
from .later import end_later_ones, made

if TYPE_CHECKING:
    from .guis import GuiHost
    from .isolation.processes import Processes
    from .logs import MessageLog
    from .settings import Settings
    from .sockets.handlers import Handlers
    from .transports.loop_pool import LoopPool
    from .transports.sidecar import Sidecar


class EndingMethods:
    """Base of ``QuickServer``."""

    log: MessageLog
    settings: Settings

    def _end_later_ones(self, reason: tuple[int, str]) -> None:
        """A request under way may still ask for what nobody has needed so far."""
        end_later_ones(
            self,
            guis=lambda part: part.close(0.0, reason),
            jobs=lambda part: part.close(0.0),
            _handlers=lambda part: part.close(0.0, reason),
            _hosted=lambda part: part.stop(0.0),
            _loops=lambda part: part.close(0.0),
            _processes=lambda part: part.close(0.0),
            _mirrors=lambda part: part.close(),
            _sidecar=lambda part: part.stop(0.0, reason),
            topics=lambda part: part.close(Deadline(0.0)),
        )

    def _stop_channels(self, deadline: Deadline, reason: tuple[int, str]) -> None:
        """End what has left HTTP, as far as there is any."""
        handlers: Handlers | None = made(self, "_handlers")
        guis: GuiHost | None = made(self, "guis")
        loops: LoopPool | None = made(self, "_loops")
        sidecar: Sidecar | None = made(self, "_sidecar")
        if handlers is not None:
            handlers.begin_close(reason)
        # The GUIs first: requests for their pages wait for them.
        processes: Processes | None = made(self, "_processes")
        if processes is not None:
            processes.begin_close(self.settings.shutdown_timeout * 0.6, reason)
        if guis is not None:
            guis.close(self.settings.shutdown_timeout, reason)
        if processes is not None and not processes.close(max(deadline.remaining() or 0.0, 0.5)):
            self.log.message("some processes of apps did not end in time and were killed")
        if loops is not None:
            loops.close(deadline.remaining() or 0.0)
        if handlers is not None and not handlers.close(deadline.remaining() or 0.0, reason):
            self.log.message("some handlers of websockets did not end and were left behind")
        if sidecar is not None:
            sidecar.stop(max(deadline.remaining() or 0.0, 0.5), reason)
