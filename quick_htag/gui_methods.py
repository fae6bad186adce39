"""What a server has for htag apps."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from .app import App
from .assets import classic_bundle
from .engines.detect import load_engine, resolve_app
from .guis import GuiHost
from .handlers.gui import GuiMount
from .interfaces import Runner
from .logs import ERR_SOURCE_GUI, MessageLog
from .settings import Settings
from .stores.sessions import Sessions
from .transports.loop_thread import LoopThread
from .transports.sidecar import Sidecar


class GuiMethods:
    """Base of ``QuickServer``; see there for the attributes."""

    app: App
    debug: Any
    guis: GuiHost
    log: MessageLog
    sessions: Sessions
    settings: Settings
    _sidecar: Sidecar

    def _set_up_guis(self) -> None:
        self._runners_lock = threading.Lock()  # guards _runners
        self._runners: weakref.WeakSet[LoopThread] = weakref.WeakSet()
        self.guis = GuiHost(
            self.settings, self.log, self.sessions, self._start_runner, self._sidecar
        )

    def bind_htag(
        self,
        path: str,
        app: Any,
        *,
        name: str = "",
        on_instance: Callable[..., object] | None = None,
        on_exit: Callable[[], object] | None = None,
    ) -> None:
        """Serve an htag app: each visitor gets an instance on a thread of its own.

        Args:
            path: where its page is, "/" for the root.
            app: an app class, a module with an ``App``, or the name of one: "package.module:App".
            name: of the app in the ``sessions`` command; empty: the name of its class.
            on_instance: called with each new instance, and with the request of its page if it
                takes two arguments; on the thread of the instance.
            on_exit: called after an instance has ended itself by ``exit()``. Any thread.

        Raises:
            AppNotFound: ``app`` is no app of the installed htag.
            EngineMissing: htag is not installed.
            ConfigurationError: the path does not start with "/".

        """
        mount = self._gui_mount(path, app, name=name, on_instance=on_instance, on_exit=on_exit)
        for method, mask, argc, handler, cost in mount.targets():
            self.app.add_target(method, mask, argc, handler, cost=cost, body_limit=0)

    def _gui_mount(self, path: str, app: Any, **options: Any) -> GuiMount:
        """An app at a path, nothing registered; ``options`` are those of ``bind_htag``."""
        engine = load_engine()
        return GuiMount(
            path,
            resolve_app(engine, app),
            engine,
            self.guis,
            classic_bundle(engine.script),
            self.log,
            debug=lambda: self.debug,
            **options,
        )

    def _start_runner(self, name: str) -> Runner:
        def on_error(text: str, error: BaseException | None) -> None:
            self.log.error(ERR_SOURCE_GUI, text, error)

        runner = LoopThread(name, on_error)
        with self._runners_lock:
            self._runners.add(runner)
        return runner

    def _on_session_thread(self) -> bool:
        """Whether the caller runs on the thread of an app."""
        with self._runners_lock:
            runners = list(self._runners)
        return any(one.is_current() for one in runners)
