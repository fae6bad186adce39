"""What a server has for htag apps."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, MutableMapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import ConfigurationError
from .frame_methods import FrameMethods
from .later import later
from .loading import loading
from .logs import ERR_SOURCE_GUI, MessageLog
from .process.beginning import INHERITS

if TYPE_CHECKING:
    import asyncio

    from .app import App
    from .guis import GuiHost
    from .handlers.gui import GuiMount
    from .interfaces import Runner
    from .isolation.processes import Processes
    from .settings import Settings
    from .stores.sessions import Sessions
    from .transports.certificates import Certificates
    from .transports.loop_pool import LoopPool
    from .transports.loop_thread import LoopThread
    from .transports.sidecar import Sidecar
    from .transports.threaded import HttpTransport
    from .transports.unbound import Unbound

A = TypeVar("A", bound=type)


class GuiMethods(FrameMethods):
    """Base of ``QuickServer``; see there for the attributes."""

    app: App
    debug: Any
    jobs: Any
    log: MessageLog
    parallel: bool
    sessions: Sessions
    settings: Settings
    _certificates: Certificates | None
    _transport: HttpTransport | Unbound
    topics: Any
    _unbound: bool
    _isolation: Callable[[str | None], str]
    _all_end: Callable[[], bool]
    worker: Any

    def _set_up_guis(self) -> None:
        self._bound: dict[str, str] = {}  # replaced as a whole
        self._runners_lock = threading.Lock()  # guards _runners
        self._runners: weakref.WeakSet[LoopThread] = weakref.WeakSet()

    @later
    def _sidecar(self) -> Sidecar:
        from .transports.sidecar import Sidecar

        sidecar = Sidecar(self.settings, self.log)
        sidecar.selects = self._certificates is not None
        return sidecar

    @later
    def _loops(self) -> LoopPool:
        from .transports.loop_pool import LoopPool

        limit = self.settings.loop_block_report
        make = self._sidecar.annex
        return LoopPool(self._start_thread, make, self._sidecar, limit, self._report_gui)

    def _loop_place(self, name: str) -> Runner:
        return self._loops.place(name)

    @later
    def guis(self) -> GuiHost:
        """The live instances of htag apps."""
        from .guis import GuiHost

        return GuiHost(
            self.settings,
            self.log,
            self.sessions,
            partial(self._start_runner, late=True),
            self._sidecar,
            loop_factory=self._loop_place,
            uploads=self.app.uploads,
            jobs=lambda: self.jobs,
            topics=lambda: self.topics,
            backlog=self._sidecar.backlog,
        )

    @later
    def _processes(self) -> Processes:
        from .isolation.processes import Processes

        uploads, timer = self.app.uploads, self._sidecar
        made = Processes(
            self.settings,
            self.log,
            self.sessions,
            self.guis,
            uploads,
            timer,
            lambda: self.topics,
            lambda: self._unbound,
        )
        made.all_end, made.one_line = self._all_end, self.worker is not None
        if self._transport.started:
            made.start()
        return made

    def bind_htag(
        self,
        path: str,
        app: Any,
        *,
        name: str = "",
        on_instance: Callable[..., object] | None = None,
        on_exit: Callable[[], object] | None = None,
        isolation: str | None = None,
        python: str | None = None,
        per_tab: bool = False,
        recreate_on_query: bool | None = None,
        recreate_on_reload: bool = False,
        recreate_on_change: bool = False,
        reset_parameter: str = "",
        timeout_interaction: float | None = None,
        timeout_inactivity: float | None = None,
        debug: bool | None = None,
        persist: bool = False,
        parano: bool = False,
        shared_session: MutableMapping[str, Any] | None = None,
        transport: str | None = None,
        transports: Sequence[str] | None = None,
    ) -> None:
        """Serve an htag app: each visitor gets an instance on a thread of its own.

        Args:
            path: where its page is, "/" for the root.
            app: an app class, a module with an ``App``, or the name of one: "package.module:App".
            name: of the app in the ``sessions`` command; empty: the name of its class.
            on_instance: called with each new instance, and with the request of its page if it
                takes two arguments; on the thread of the instance.
            on_exit: called after an instance has ended itself by ``exit()``. Any thread.
            isolation: "thread" gives each instance a thread; "loop": all share one asyncio loop,
                for apps that never block; "process": each visitor has a process, which can be
                killed and limited; see ``docs/isolation.rst``. None: a thread, with ``workers`` a
                process.
            python: with "process", the interpreter of another environment, which has quick_htag and
                its own htag; ``app`` is the name of an app there. None: this one.
            per_tab: an instance per page load, and not per visitor.
            recreate_on_query: another query in the address means another instance; None: with
                htag 1.
            recreate_on_reload: every load of the page makes another instance.
            recreate_on_change: load the source file of the app again when it has changed.
            reset_parameter: name of a query parameter, ``n`` say, by which a visitor starts anew;
                a link of another site cannot. ``POST`` to ``reset`` below the page does the same.
            timeout_interaction: seconds after which a handler that shows no sign of life ends its
                instance, even if it blocks; None: ``settings.interaction_timeout``, 0: never.
            timeout_inactivity: seconds without an event after which an instance ends, even when
                its page is open; None: ``settings.inactivity_timeout``, 0: never.
            debug: show errors in the page, with their tracebacks; None: as ``server.debug`` has it,
                and when the program is started again after changes. See ``docs/development.rst``.
            persist: a visitor's values outlive the instance, and with a store that does the
                server: with htag 2 the ``States`` of the app, with htag 1 ``tag.state``. What a
                page shows is stored before. See ``docs/gui.rst``.
            parano: encrypt what page and server tell each other once the page is loaded, and take
                nothing else; see ``docs/parano.rst``.
            shared_session: what all visitors have as the session of the app; None: each their own.
            transport: the only way pages connect: "websocket", "sse" or "poll".
            transports: some of these three; a page takes the best that works. None: all.

        Raises:
            AppNotFound: ``app`` is no app of the installed htag.
            EngineMissing: htag is not installed.
            ConfigurationError: the path does not start with "/", an option cannot work, or
                pycryptodomex is missing for ``parano``.

        """
        with loading():
            from .guis.transports import chosen

            mount = self._gui_mount(
                path,
                app,
                name=name,
                on_instance=on_instance,
                on_exit=on_exit,
                isolation=self._isolation(isolation),
                python=python,
                per_tab=per_tab,
                recreate_on_query=recreate_on_query,
                recreate_on_reload=recreate_on_reload,
                recreate_on_change=recreate_on_change,
                reset_parameter=reset_parameter,
                timeout_interaction=timeout_interaction,
                timeout_inactivity=timeout_inactivity,
                debug=debug,
                persist=persist,
                parano=parano,
                shared_session=shared_session,
                transports=chosen(transport, transports),
            )
        self._route_pages(mount)
        self._bound = {**self._bound, mount.path or "/": mount.name}

    def _route_pages(self, mount: GuiMount) -> None:
        """Lead requests to an app."""
        # Most pages are made in less than a moment, and changing threads for them is a tenth of it.
        # Of a serial server the page would take the turn, while it waits for another thread.
        waits = mount.options.isolation == "process" or not self.parallel
        for one in mount.targets():
            self.app.add_target(
                one.method,
                one.mask,
                0,
                one.handler,
                cost=one.cost if waits else 0.0,
                body_limit=one.body_limit,
                tells_refusal=one.tells_refusal,
                takes_files=one.takes_files,
            )

    def htag_app(self, path: str, **options: Any) -> Callable[[A], A]:
        """``bind_htag`` as a decorator of the class of the app."""

        def bind(app: A) -> A:
            self.bind_htag(path, app, **options)
            return app

        return bind

    def htag_apps(self) -> dict[str, str]:
        """Path and name of every bound app in the order of binding, for pages that lead to them."""
        return dict(self._bound)

    def _gui_mount(
        self,
        path: str,
        app: Any,
        *,
        name: str = "",
        on_instance: Callable[..., object] | None = None,
        on_exit: Callable[[], object] | None = None,
        shared_session: MutableMapping[str, Any] | None = None,
        transports: tuple[str, ...] | None = None,
        follow: Callable[[], Any] | None = None,
        python: str | None = None,
        **options: Any,
    ) -> GuiMount:
        """An app at a path, nothing registered; ``options`` are those of ``GuiOptions``.

        With ``follow``, which gives the app each time it is asked, ``app`` is not looked at.
        """
        from .assets import classic_bundle
        from .engines.detect import load_engine, resolve_app
        from .guis import GuiOptions
        from .guis.transports import TRANSPORTS
        from .handlers.gui import GuiMount

        start = ""
        if INHERITS:
            from .process.watched import watched

            start = watched().start

        terms = GuiOptions(**options)
        make: Callable[..., GuiMount] = partial(
            GuiMount,
            log=self.log,
            debug=lambda: bool(self.debug or start),
            frame=self._frame_field,
            on_exit=on_exit,
            transports=TRANSPORTS if transports is None else transports,
            limits=lambda: self.app.form_limits,
            start=start,
        )
        if terms.isolation == "process":
            from .isolation.mount import Asked, process_mount

            asked = Asked(path, app, name, on_instance, shared_session, follow, python)
            return process_mount(make, self._processes, asked, terms)
        if python is not None:
            raise ConfigurationError('python="..." needs isolation="process"')
        engine = load_engine()
        return make(
            path,
            resolve_app(engine, app) if follow is None else None,
            engine,
            self.guis,
            classic_bundle(engine.script),
            name=name,
            on_instance=on_instance,
            shared_session=shared_session,
            follow=follow,
            options=terms,
        )

    def _start_runner(self, name: str, *, late: bool = False) -> Runner:
        from .transports.session_loop import SessionLoop

        return self._start_thread(name, partial(SessionLoop, self._sidecar.turns), late=late)

    def _start_thread(
        self, name: str, new_loop: Callable[[], asyncio.AbstractEventLoop], *, late: bool = False
    ) -> LoopThread:
        from .transports.loop_thread import LoopThread

        runner = LoopThread(name, self._report_gui, new_loop, late=late)
        with self._runners_lock:
            self._runners.add(runner)
        return runner

    def _report_gui(self, text: str, error: BaseException | None) -> None:
        self.log.error(ERR_SOURCE_GUI, text, error)

    def _gui_threads(self) -> int:
        """How many threads run apps, or loops that apps share."""
        with self._runners_lock:
            return sum(runner.is_alive() for runner in self._runners)

    def _on_session_thread(self) -> bool:
        """Whether the caller runs on the thread of an app."""
        with self._runners_lock:
            runners = list(self._runners)
        return any(one.is_current() for one in runners)
