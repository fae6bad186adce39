"""A process that has loaded an app and makes a copy of itself for each visitor. Linux only.

A copy of a process goes wrong when there are threads, and two processes must not use one socket or
one open file. So this one has a single thread and waits with it; and it looks whether loading the
app has started or opened something. Then it is unfit, and processes are started anew as elsewhere.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
import sysconfig
import threading
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from ..engines.detect import load_engine, resolve_app
from ..logs import set_log_file
from .addresses import connected
from .frames import NOTE, FrameReader, packed
from .greeting import PROTOCOL, NotTrusted
from .link import LARGEST
from .names import load
from .remote_services import LogFile

# Windows lacks some of their names; nobody asks for this module there
_os: Any = os
_signal: Any = signal

_CONNECT: Final = 10.0  # seconds to reach the server
_CHUNK: Final = 65536  # bytes
_HARMLESS: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def nurse(config: dict[str, Any]) -> dict[str, Any] | None:
    """Make processes until the server is gone.

    Returns:
        in a new process what ``child.main`` is to be given; else None.

    """
    try:
        name, secret = bytes.fromhex(config["token"]), bytes.fromhex(config["secret"])
        sock = connected(config["anchors"][0], name, secret, _CONNECT)
    except (OSError, NotTrusted):  # the server has ended meanwhile
        return None
    sock.setblocking(True)
    return _Template(config, sock).run()


class _Template:
    def __init__(self, config: dict[str, Any], sock: socket.socket) -> None:
        self._config = config
        self._sock = sock
        self._reader = FrameReader(LARGEST)
        self._bell, self._door = socket.socketpair()  # rings when a process has ended
        self._stamps: dict[str, tuple[int, int]] = {}

    def run(self) -> dict[str, Any] | None:
        """See ``nurse``."""
        gc.disable()  # what is collected is no more the same page as in the copies
        before = _opened()
        try:
            self._load()
        except BaseException as error:  # noqa: BLE001 whatever the module raises: the process that is started anew tells it
            self._tell("unfit", text=repr(error), again=True)
            return None
        unfit = _unfit(before)
        if unfit:
            self._tell("unfit", text=unfit, again=False)
            return None
        self._stamps = _stamps()
        gc.collect()
        gc.freeze()
        self._bell.setblocking(False)
        self._door.setblocking(False)
        signal.signal(_signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        self._tell("fit", pid=os.getpid())
        return self._wait()

    def _load(self) -> None:
        config = self._config
        if config["protocol"] != PROTOCOL:
            raise RuntimeError("another version")
        told: Any = SimpleNamespace(message=lambda text: self._tell("log", text=text))
        set_log_file(LogFile(told))  # type: ignore[arg-type]
        engine = load_engine()
        app = config["app"]
        resolve_app(engine, app["spec"] if "spec" in app else load(app, config["main"]))
        if config["on_instance"] is not None:
            load(config["on_instance"], config["main"])

    def _wait(self) -> dict[str, Any] | None:
        with selectors.DefaultSelector() as selector:
            for sock in (self._sock, self._door):
                selector.register(sock, selectors.EVENT_READ, sock)
            while True:
                for key, _ in selector.select():
                    if key.data is self._door:
                        self._bury()
                        continue
                    data = self._sock.recv(_CHUNK)
                    if not data:
                        return None
                    for frame in self._reader.feed(data):
                        config = self._fork(frame.value())
                        if config is not None:
                            return config
                        if not self._stamps:
                            return None

    def _fork(self, value: dict[str, Any]) -> dict[str, Any] | None:
        """Make a process; there it gives what that is to do."""
        if self._stamps != _stamps(self._stamps):
            self._stamps = {}
            self._tell("stale")
            return None
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        try:
            pid = _os.fork()
        except OSError as error:
            self._tell("refused", serial=value["serial"], text=str(error))
            return None
        if pid:
            self._tell("forked", serial=value["serial"], pid=pid)
            return None
        self._be_born()
        config: dict[str, Any] = value["config"]
        return config

    def _be_born(self) -> None:
        """Keep nothing that is the template's."""
        signal.set_wakeup_fd(-1)
        signal.signal(_signal.SIGCHLD, signal.SIG_DFL)
        for sock in (self._sock, self._bell, self._door):
            sock.close()
        _os.setsid()  # CTRL-C at the terminal is the server's business
        gc.enable()
        numpy = sys.modules.get("numpy")
        if numpy is not None:  # Python's own generator sees to it itself
            with contextlib.suppress(AttributeError):
                numpy.random.seed()

    def _bury(self) -> None:
        """Tell how processes have ended."""
        with contextlib.suppress(BlockingIOError):
            self._door.recv(_CHUNK)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, _os.WNOHANG)
                if not pid:
                    return
                self._tell("ended", pid=pid, code=os.waitstatus_to_exitcode(status))

    def _tell(self, name: str, **value: Any) -> None:
        with contextlib.suppress(OSError):  # the server is gone, which is noticed by reading
            self._sock.sendall(packed(NOTE, 0, json.dumps({"": name, **value}).encode()))


def _opened() -> set[str]:
    """What is open."""
    found = set()
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # that of the listing itself
            found.add(f"{one.name} {one.readlink()}")
    return found


def _unfit(before: set[str]) -> str:
    """Why this process must not be copied; empty: it may be."""
    count = len(list(Path("/proc/self/task").iterdir()))
    if count > 1:
        names = [one.name for one in threading.enumerate()[1:]]
        return f"it starts threads when it is imported: {', '.join(names) or count - 1}"
    with contextlib.suppress(ChildProcessError):
        os.waitpid(-1, _os.WNOHANG)
        return "it starts processes when it is imported"
    opened = [name.partition(" ")[2] for name in _opened() - before]
    opened = [path for path in opened if path not in _HARMLESS and "/proc/" not in path]
    if opened:
        return f"it opens {', '.join(sorted(opened))} when it is imported"
    made = getattr(weakref.finalize, "_registry", {})
    if any(one.atexit for one in list(made)):
        return "it makes something when it is imported that is removed at the end, a folder say"
    return ""


def _stamps(paths: Any = None) -> dict[str, tuple[int, int]]:
    """When the source files were changed that are the program's own, and their size."""
    if paths is None:
        kept = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib")})
        kept += (str(Path(__file__).parents[1]),)
        files = [getattr(one, "__file__", None) for one in list(sys.modules.values())]
        main = sys.modules["__main__"]
        files.append(getattr(main, "__file__", None))
        paths = {one for one in files if isinstance(one, str) and not one.startswith(kept)}
    found = {}
    for path in paths:
        try:
            state = Path(path).stat()
        except OSError:  # an editor is replacing it
            found[path] = (0, 0)
        else:
            found[path] = (state.st_mtime_ns, state.st_size)
    found[""] = (0, 0)  # so that no program has none
    return found
