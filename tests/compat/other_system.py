"""Run as a program: a server as another system would see it, and what it does there, as JSON lines.

``other_system.py windows`` takes away what POSIX alone has, before the package is imported, and
``sys.platform`` says so; ``other_system.py macos`` does that for macOS. The standard library is
imported before, for it has to go on working here: what is tried is this package.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.process
import concurrent.futures.thread
import contextlib
import ctypes
import http.server
import importlib.abc
import importlib.util
import json
import logging.handlers
import mimetypes
import multiprocessing.managers
import multiprocessing.pool
import multiprocessing.popen_spawn_posix
import multiprocessing.resource_tracker
import multiprocessing.synchronize
import os
import pkgutil
import select
import selectors
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
import uuid
import webbrowser
from pathlib import Path

import requests
import websockets.sync.client

with contextlib.suppress(ImportError):
    import htag
    import htag.render
    import htag.runners
with contextlib.suppress(ImportError):
    import htag.runner

LIVE_APPS = Path(__file__).resolve().parents[1] / "live_apps"
LIMIT = 30.0  # seconds
EXCLUSIVE = -5  # SO_EXCLUSIVEADDRUSE
# imported for the package, before their parts of POSIX are gone
KEPT = (asyncio, concurrent, ctypes, logging, sqlite3, ssl, subprocess, uuid, webbrowser)

MODULES = ("fcntl", "grp", "pwd", "pty", "readline", "resource", "syslog", "termios", "tty")
NAMES = {
    "windows": {
        os: "O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK chown fork forkpty getegid "
        "geteuid getgid getloadavg getpgid getpgrp getsid getuid killpg mkfifo pipe2 "
        "posix_fallocate pread preadv pwrite pwritev register_at_fork sched_getaffinity "
        "sendfile setpgid setsid statvfs sysconf uname eventfd memfd_create",
        socket: "AF_UNIX MSG_DONTWAIT MSG_NOSIGNAL SCM_RIGHTS SO_PEERCRED SO_REUSEPORT "
        "TCP_CORK TCP_DEFER_ACCEPT TCP_QUICKACK TCP_USER_TIMEOUT",
        signal: "SIGALRM SIGCHLD SIGCONT SIGHUP SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU "
        "SIGUSR1 SIGUSR2 SIGWINCH pthread_kill pthread_sigmask sigwait setitimer",
        select: "epoll kqueue poll",
    },
    "macos": {
        os: "eventfd memfd_create pipe2 posix_fallocate sched_getaffinity",
        socket: "MSG_NOSIGNAL SO_PEERCRED TCP_CORK TCP_DEFER_ACCEPT TCP_QUICKACK TCP_USER_TIMEOUT",
        select: "epoll",
    },
}


class Missing(importlib.abc.MetaPathFinder):
    """Finds none of the modules that a system does not have."""

    def find_spec(self, name, path=None, target=None):
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def become(system: str) -> None:
    """Take away what it has not."""
    sysconfig.get_config_vars()  # it is kept, and cannot be told of a system this is not
    multiprocessing.resource_tracker._HAVE_SIGMASK = False
    shutil._use_fd_functions = False  # it chose when it was imported
    for module, names in NAMES[system].items():
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    socket.socket = Options
    sys.platform = {"windows": "win32", "macos": "darwin"}[system]
    if system == "windows":
        for name in MODULES:
            sys.modules.pop(name, None)
        sys.meta_path.insert(0, Missing())
        selectors.DefaultSelector = selectors.SelectSelector
        socket.SO_EXCLUSIVEADDRUSE = EXCLUSIVE
        socket.socketpair = pair
        mimetypes.add_type("text/plain", ".js")  # as the registry has it on some machines


def pair() -> tuple[socket.socket, socket.socket]:
    """Two sockets that are connected, as Python makes them on Windows."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        first = socket.create_connection(listener.getsockname())
        return first, listener.accept()[0]


class Options(socket.socket):
    """Remembers which options were set, and knows one of Windows."""

    asked: list[int] = []  # noqa: RUF012

    def setsockopt(self, level, option, *value):
        if level == socket.SOL_SOCKET:
            self.asked.append(option)
        if option != EXCLUSIVE:
            super().setsockopt(level, option, *value)


def try_imports() -> object:
    """Every module of the package."""
    import quick_htag

    names = [one.name for one in pkgutil.walk_packages(quick_htag.__path__, "quick_htag.")]
    for name in names:
        if not name.endswith("__main__"):
            importlib.import_module(name)
    return len(names) > 200


def try_address() -> object:
    """Which options a listening socket gets."""
    from quick_htag.bound_server import BoundServer
    from quick_htag.settings import Settings

    class Bound(BoundServer):
        settings = Settings()
        _requested_address = ("127.0.0.1", 0)

    Options.asked.clear()
    Bound(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler).server_close()
    return {
        "exclusive": EXCLUSIVE in Options.asked,
        "reused": socket.SO_REUSEADDR in Options.asked,
    }


class Visit:
    """A server with one of everything."""

    def __init__(self, folder: Path) -> None:
        from quick_htag import ProcessExecutor, SQLiteStore, create_server

        sys.path.insert(0, str(LIVE_APPS))
        import cpu_jobs

        (folder / "script.js").write_text("x()")
        (folder / "large.bin").write_bytes(bytes(3_000_000))
        self.store = SQLiteStore(folder / "kept.db")
        self.processes = ProcessExecutor(1)
        self.server = create_server(("", 0), store=self.store)
        self.server.no_command_loop = True
        self.server.bind_path("/", str(folder))
        self.server.json_post("/echo", 0)(lambda req, args: args["post"])
        self.server.json_worker("/job", executor=self.processes)(cpu_jobs.add)

        @self.server.websocket("/upper")
        def upper(ws):
            for message in ws:
                ws.send(message.upper())

        @self.server.json_post("/count", 0)
        def count(req, args):
            with req.session as data:
                data["count"] = data.get("count", 0) + 1
            return req.session["count"]

        self.app = "app_htag2:App" if hasattr(htag, "State") else "app_htag1:App"
        self.server.bind_htag("/app", self.app)
        self.url = self.server.url
        self.server.start()

    def files(self) -> object:
        answer = requests.get(f"{self.url}script.js", timeout=LIMIT)
        large = requests.get(f"{self.url}large.bin", timeout=LIMIT).content
        part = requests.get(f"{self.url}large.bin", headers={"Range": "bytes=5-9"}, timeout=LIMIT)
        return [answer.headers["Content-Type"], len(large), part.status_code, len(part.content)]

    def endpoints(self) -> object:
        return requests.post(f"{self.url}echo", json={"a": 1}, timeout=LIMIT).json()

    def sessions(self) -> object:
        visitor = requests.Session()
        return [visitor.post(f"{self.url}count", timeout=LIMIT).json() for _ in range(2)]

    def sockets(self) -> object:
        address = self.url.replace("http", "ws", 1)
        with websockets.sync.client.connect(f"{address}upper") as socket_:
            socket_.send("hello")
            return socket_.recv(LIMIT)

    def apps(self) -> object:
        from gui_client import Page

        page = Page(f"{self.url}app/").open()
        page.click("more")
        page.close()
        return True

    def jobs(self) -> object:
        from quick_htag import worker_request

        return worker_request(f"{self.url}job", {"numbers": [3, 4]})

    def status(self) -> object:
        return bool(self.server.status())

    def end(self) -> object:
        self.server.server_close()
        self.processes.shutdown()
        self.store.close()
        deadline = time.monotonic() + LIMIT
        while threading.active_count() > 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        return [one.name for one in threading.enumerate() if "quick_htag" in one.name]


def try_prompt() -> object:
    """Commands of a pipe, up to quit."""
    from quick_htag import create_server

    server = create_server(("", 0))
    said: list[list[str]] = []
    server.cmd()(greet_of(said))
    reading, writing = os.pipe()
    os.dup2(reading, 0)
    os.write(writing, b"greet ann\nquit\n")
    server.serve_forever()
    server.server_close()
    return said


def greet_of(said: list[list[str]]):
    """A command that remembers its words."""

    def greet(words):
        said.append(words)

    return greet


def main(system: str) -> None:
    """Try everything, and tell it."""
    become(system)
    with tempfile.TemporaryDirectory() as folder:
        tell("imports", try_imports)
        tell("address", try_address)
        visit = Visit(Path(folder))
        for name in ("files", "endpoints", "sessions", "sockets", "apps", "jobs", "status", "end"):
            tell(name, getattr(visit, name))
        tell("prompt", try_prompt)


def tell(name: str, work) -> None:
    """A line with what it gives, or with what it raises."""
    try:
        found = work()
    except BaseException:
        found = traceback.format_exc()
    print(json.dumps({name: found}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
