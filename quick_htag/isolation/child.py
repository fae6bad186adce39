"""What runs in the process of an app: loads it, says so, and waits for its visitor and its end.

It lives as long as a server is connected to it. The first connection is made from here, to the
server that has started it; other web processes, which have found it in the store, come by a socket
of its own. When the last one is gone, it looks for others, see ``orphan``.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any, Final

from ..assets import classic_bundle
from ..deadline import Deadline
from ..engines.base import Engine
from ..engines.detect import load_engine, resolve_app
from ..errors import QuickHtagError
from ..guis import GuiHost, GuiOptions
from ..handlers.gui import GuiMount
from ..jobs.service import JobService
from ..logs import ERR_SOURCE_GUI, set_log_file
from ..settings import Settings
from ..stores.memory import MemoryStore
from ..topics.table import Topics
from ..tracebacks import failure_of
from ..transports.loop_thread import LoopThread
from ..version import __version__
from .addresses import address_of, connected, listen_in
from .anchors import Anchors
from .child_host import ChildHost, Terms
from .folders import clear, has_server
from .greeting import PROTOCOL, NotTrusted
from .hub import Hub
from .link import Link, Talk, Value
from .names import load
from .orphan import Orphan
from .process_limits import limit_memory, limit_processor, on_processor_limit
from .remote_services import LogFile, RemoteBegun, RemoteLog, RemoteUploads
from .remote_session import OneSession, RemoteKeeper
from .remote_topics import RemoteTopics

_CONNECT: Final = 10.0  # seconds to reach the server ...
_KNOCK: Final = 5.0  # ... and another one, which may be about to end
_LETS_GO: Final = 1.0  # seconds for a server that was killed to lose its last socket
_LOOK: Final = 0.02  # seconds between two looks
_WIND_UP: Final = 3.0  # seconds for the interpreter to end; threads of the app may not let it
STUCK: Final = 70  # exit code: the app was busy and did not let the process end
_SCRIPT: Final = (
    'what a script does when it is run belongs under if __name__ == "__main__":, since the '
    "processes of its apps import it"
)


def main(config: dict[str, Any]) -> None:
    """Serve one visitor; see ``launch`` for the start, ``seats`` for ``config``."""
    with contextlib.closing(_Child(config)) as child:
        try:
            child.connect()
        except (OSError, NotTrusted):  # the server has ended meanwhile
            return
        try:
            child.load()
        except BaseException as error:  # noqa: BLE001 whatever loading the module of the app raises
            child.fail(error)
            return
        child.serve()


class _Child:
    """The process; a ``link.Server`` for all of its connections."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._name = bytes.fromhex(config["token"])
        self._secret = bytes.fromhex(config["secret"])
        self._over = threading.Event()
        # Wakes the main thread, also for a signal that another thread has got: an event would not.
        self._bell, self._door = socket.socketpair()
        self._bell.setblocking(False)
        self._listening: socket.socket | None = None
        self._handlers: dict[int, Any] = {}  # of signals, before ours
        self._code = 0
        self._anchors = Anchors()
        self._grace: float | None = config["grace"]
        self._app: ChildHost | None = None
        self._topics: RemoteTopics | None = None
        self._log = RemoteLog(self._anchors, sys.stderr)
        self._hub = Hub("quick_htag-link", partial(self._log.error, ERR_SOURCE_GUI))
        self._uploads = RemoteUploads(self._anchors)

    # -- the connections ---------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect to those whose process this is.

        Raises:
            OSError: there is none.
            NotTrusted: there is somebody else.

        """
        at_fork = getattr(os, "register_at_fork", None)  # Windows has none
        if at_fork is not None:
            at_fork(after_in_child=self._be_a_copy)
        for address in self._config["anchors"]:
            sock = connected(address, self._name, self._secret, _CONNECT)
            self._hub.adopt(self._welcome(sock, self._name, first=1))

    def _be_a_copy(self) -> None:
        """In a copy that the app has made of this process, by ``multiprocessing`` say.

        The server would take that for this process as long as it kept the connections, and a
        signal would not end it. Takes no lock: another thread may have had it.
        """
        kept = [link.sock for link in self._anchors.forget_all()]
        if self._handlers:
            signal.set_wakeup_fd(-1)
        for signum, handler in self._handlers.items():
            signal.signal(signum, signal.SIG_DFL if handler is None else handler)
        if self._listening is not None:
            kept.append(self._listening)
        for sock in (*kept, self._bell, self._door):
            sock.close()

    def _secret_of(self, name: bytes) -> bytes:
        """What who connects must know: the name is this process's, which the store tells."""
        return self._secret if name == self._name else secrets.token_bytes()

    def _welcome(
        self, sock: socket.socket, _name: bytes, first: int, *, keeps: bool = False
    ) -> Link:
        link = Link(sock, self._hub, self, first, patient=True)
        self._anchors.add(link, keeps=keeps)
        for name in self._uploads.names():
            link.note("follow", upload=name)
        return link

    def asked(self, link: Link, talk: int, name: str, value: Value) -> Talk | None:
        """Pass it on; see ``link.Server``."""
        if name == "alive":
            link.end(talk)
            return None
        if self._app is None:
            raise ValueError("the app is being loaded")
        if name == "assign":
            self._limit()
        return self._app.asked(link, talk, name, value)

    def noted(self, link: Link, name: str, value: Value) -> None:
        """Pass it on; see ``link.Server``."""
        if name == "released":
            grace = self._config["grace"]
            self._grace = grace if value["grace"] is None else min(grace, value["grace"])
        elif name == "topic":
            if self._topics is not None:
                self._topics.heard(link, value)
        elif self._app is not None:
            self._app.noted(link, name, value)
        elif name == "stop":
            self._leave(0)

    def lost(self, link: Link) -> None:
        """A server has gone; without any, and if there will be none, the process is of no use."""
        if not self._anchors.remove(link) or self._over.is_set():
            return
        app, folder, grace = self._app, self._config["folder"], self._grace
        self._grace = self._config["grace"]
        if grace is None or app is None or not app.visited:
            self._leave(0)
            if app is None:  # what the main thread does, which loads it, may never end
                self._hub.call_later(_WIND_UP, lambda: os._exit(STUCK))
        else:
            Orphan(self._anchors, folder, self._knock, lambda: self._leave(0)).seek(grace)

    def _knock(self, address: list[object]) -> None:
        """Connect to a server that is to keep this process alive.

        Raises:
            OSError: there is none.
            NotTrusted: there is somebody else.

        """
        sock = connected(address, self._name, self._secret, _KNOCK)
        self._hub.adopt(self._welcome(sock, self._name, first=1, keeps=True))

    # -- the app -----------------------------------------------------------------------------------

    def load(self) -> None:
        """Load the app and make what it needs.

        Raises:
            Exception: whatever that raises.

        """
        config = self._config
        if config["protocol"] != PROTOCOL:
            raise QuickHtagError(
                f"this Python has quick_htag {__version__}, which speaks version {PROTOCOL} with "
                f"the processes of apps, and the server version {config['protocol']}: install the "
                "same quick_htag in both environments"
            )
        set_log_file(LogFile(self._log))  # type: ignore[arg-type]
        known = {field: config["settings"][field] for field in _fields(config["settings"])}
        settings = Settings(**known)
        engine = load_engine()
        app = self._named(config["app"])
        app = resolve_app(engine, app)
        on_instance = None if config["on_instance"] is None else self._named(config["on_instance"])
        self._build(settings, engine, app, on_instance)

    def _named(self, name: dict[str, str]) -> Any:
        return name["spec"] if "spec" in name else load(name, self._config["main"])

    def _build(self, settings: Settings, engine: Engine, app: Any, on_instance: Any) -> None:
        config, anchors = self._config, self._anchors
        jobs = JobService(settings, self._log)
        sessions = OneSession(MemoryStore(settings.max_stored_value))
        lock_timeout, max_size = settings.session_lock_timeout, settings.max_session_size
        keeper = RemoteKeeper(anchors, lock_timeout, max_size)
        begun = RemoteBegun(anchors, config["token"], waits=config["durable"])
        line = RemoteTopics(anchors, settings.max_stored_value, shared=config["topics"] == "shared")
        topics = Topics(settings, self._log, line)
        self._topics = line
        # stand-ins with what a host uses of them: one session, uploads and notes of the servers
        host = GuiHost(
            settings,
            self._log,
            sessions,  # type: ignore[arg-type]
            lambda name: LoopThread(name, partial(self._log.error, ERR_SOURCE_GUI)),
            self._hub,
            uploads=self._uploads,  # type: ignore[arg-type]
            jobs=lambda: jobs,
            topics=lambda: topics,
            begun=begun,  # type: ignore[arg-type]
        )
        terms = Terms()
        mount = GuiMount(
            config["mount"] or "/",
            app,
            engine,
            host,
            classic_bundle(engine.script),
            self._log,
            name=config["name"],
            debug=lambda: terms.debug,
            on_instance=on_instance,
            on_exit=lambda: anchors.note("exit"),
            options=GuiOptions(**config["options"]),
            transports=tuple(config["transports"]),
            limits=terms.limits,
            start=config["start"],
        )
        later, leave = self._hub.call_later, self._leave
        uploads = self._uploads
        self._app = ChildHost(host, mount, terms, sessions, keeper, uploads, anchors, later, leave)

    def fail(self, error: BaseException) -> None:
        """Tell that there will be no app."""
        trace = "\n".join(failure_of(error).lines())
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if self._config["app"].get("module") == "__main__":
            text = f"{text} ({_SCRIPT})"
        self._anchors.note("failed", text=text, trace=trace)
        self._hub.call_later(1.0, lambda: self._leave(1))
        self._over.wait(_CONNECT)  # the server closes the connection
        self._end()

    # -- its life ----------------------------------------------------------------------------------

    def serve(self) -> None:
        """Say that the process is ready, and wait for its end."""
        try:
            self._listening = listening = listen_in(self._config["folder"])
        except OSError:
            if not self._over.is_set():
                raise
            self._end()  # as others that have, which took the folder along
            return
        accept = partial(self._welcome, first=2)
        self._hub.listen(listening, self._secret_of, accept)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        for signum in (signal.SIGTERM, signal.SIGINT):
            self._handlers[signum] = signal.signal(signum, lambda *_: self._leave(0))
        on_processor_limit(self._used_up)
        self._anchors.note(
            "ready",
            protocol=PROTOCOL,
            version=__version__,
            htag=load_engine().major,
            address=address_of(listening),
            pid=os.getpid(),
        )
        while not self._over.is_set():
            self._door.recv(1)
        self._clear_away(listening)
        self._end()

    def _clear_away(self, listening: socket.socket) -> None:
        """Leave no socket behind, and no folder if there may be nobody else to do it."""
        folder: str | None = self._config["folder"]
        if folder is None:
            return
        with contextlib.suppress(OSError):  # others have done it, or use the folder
            Path(listening.getsockname()).unlink()
            if self._anchors.all():
                return
            if self._config["grace"] is None:  # it was of one server
                left = Deadline(_LETS_GO)
                while has_server(folder) and not left.expired():
                    threading.Event().wait(_LOOK)
                clear(folder, 0.0)
            else:
                clear(folder)
                Path(folder).rmdir()  # it seems to be in use, as our socket was in it just now

    def _limit(self) -> None:
        """From now on the process is a visitor's."""
        memory, processor = self._config["memory"], self._config["processor"]
        if memory is not None:
            limit_memory(int(memory))
        if processor is not None:
            limit_processor(float(processor))

    def _used_up(self) -> None:
        """The processor time is over."""
        app = self._app
        self._log.message(f"{self._config['name']} has used up its processor time and is ended")
        if app is not None:
            app.stop(1.0, (4003, "the app has used up its processor time"))

    def _leave(self, code: int) -> None:
        self._code = max(self._code, code)
        self._over.set()
        with contextlib.suppress(OSError):  # it is awake
            self._bell.send(b"!")

    def _end(self) -> None:
        """End the process, whatever the threads of the app do."""
        for link in self._anchors.all():
            link.note("leaves")
        self._hub.close(_WIND_UP)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        if self._code:
            os._exit(STUCK)
        guard = threading.Timer(_WIND_UP, os._exit, (STUCK,))
        guard.daemon = True
        guard.start()

    def close(self) -> None:
        """The last of all: nothing wakes it up any more."""
        signal.set_wakeup_fd(-1)
        self._bell.close()
        self._door.close()


def _fields(told: dict[str, Any]) -> list[str]:
    """The settings that this version knows, too."""
    return [name for name in told if name in Settings.__dataclass_fields__]
