"""What the processes of one bound app are started with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..guis import GuiOptions
from ..settings import Settings
from .greeting import PROTOCOL


@dataclass(frozen=True)
class Plan:
    """One bound app, for processes.

    Attributes:
        mount: the path, without a slash at its end.
        name: of the app, in lists and logs.
        app: how a process finds the app, see ``names.name_of``.
        main: how it loads the program that was started; None: it does not.
        on_instance: how it finds the hook; None: there is none.
        options: of the instances.
        transports: what pages may use.
        start: names this start of a program that is started again after changes; else empty.
        python: the interpreter; None: ours.

    """

    mount: str
    name: str
    app: dict[str, str]
    main: dict[str, str] | None
    on_instance: dict[str, str] | None
    options: GuiOptions
    transports: tuple[str, ...]
    start: str
    python: str | None

    def config(self, settings: Settings, **more: Any) -> dict[str, Any]:
        """What ``child.main`` is given.

        Args:
            settings: of the server.
            more: what differs between processes.

        """
        return {
            "protocol": PROTOCOL,
            "mount": self.mount,
            "name": self.name,
            "app": self.app,
            "main": self.main,
            "on_instance": self.on_instance,
            "options": {**asdict(self.options), "isolation": "thread"},
            "transports": self.transports,
            "start": self.start,
            "settings": asdict(settings),
            "memory": settings.process_memory,
            "processor": settings.process_cpu,
            **more,
        }
