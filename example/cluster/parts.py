"""The programs of the cluster, started and ended."""

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT = 60.0  # seconds for a program to start or to end
SERVERS = 3

NGINX = """daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def free_ports(count):
    """Ports that nobody has just now, all different, and below those that connections are given."""
    ports = set()
    while len(ports) < count:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.add(port)
    return list(ports)


def program(name):
    """Where a program is; those of Debian are not always on the path of a user."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if found is None:
        raise SystemExit(f"{name} is not installed; on Debian: apt-get install {name}")
    return found


def until(happens, what):
    """Wait for what a program does by itself."""
    end = time.monotonic() + LIMIT
    while not happens():
        if time.monotonic() > end:
            raise SystemExit(f"{what} in {LIMIT:.0f} s")
        time.sleep(0.02)


class Part:
    """A program."""

    def __init__(self, command, ready, log):
        self._command = [str(word) for word in command]
        self._ready = ready
        self._log = log
        self._process = None

    def start(self):
        """Start it, if it does not run, and wait until it is ready."""
        if not self.runs():
            self.begin()
            self.wait()

    def begin(self):
        """Start it."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=HERE
            )

    def wait(self):
        """Wait until it is ready."""
        until(lambda: self._ready() or not self.runs(), f"{self._command[0]} is not ready")
        if not self.runs():
            raise SystemExit(f"{' '.join(self._command)} has ended:\n{self._log.read_text()}")

    def runs(self):
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def tell(self, number):
        """Send it a signal, if it runs."""
        if self.runs():
            self._process.send_signal(number)

    def drain(self):
        """Let it finish what it has begun."""
        self._end(signal.SIGTERM)

    def kill(self):
        """End it in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def _end(self, number):
        self.tell(number)
        if self._process is None:
            return
        try:
            self._process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Listener(Part):
    """A program that is ready when it takes connections at a port."""

    def __init__(self, port, command, log):
        self.port = port
        super().__init__(command, self._listens, log)

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()
        except OSError:
            return False
        return True


class Cluster:
    """All of it; use it in a ``with`` block."""

    def __init__(self, folder, proxy="nginx", port=0, *, dask=True):
        os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), *filter(None, sys.path)])
        own, *ports = free_ports(SERVERS + 1)
        self.url = f"http://127.0.0.1:{port or own}/"
        redis, scheduler = folder / "redis.sock", folder / "scheduler.json"
        arguments = [f"unix://{redis}", *([scheduler] if dask else [])]
        self.servers = [
            Listener(one, [sys.executable, "app.py", one, *arguments], folder / f"server{one}.log")
            for one in ports
        ]
        scheduling, working = self._dask(folder, scheduler)
        self._groups = [  # those of one are started together
            [self._redis(folder, redis), *([scheduling] if dask else [])],
            [*self.servers, *([working] if dask else [])],
            [self._proxy(folder, proxy, port or own, ports)],
        ]

    @staticmethod
    def _redis(folder, path):
        options = f"--port 0 --unixsocket {path} --dir {folder} --appendonly yes --save".split()
        return Part([program("redis-server"), *options, ""], path.exists, folder / "redis.log")

    @staticmethod
    def _dask(folder, scheduler):
        log = folder / "dask.log"
        options = "--host tcp://127.0.0.1 --no-dashboard --dashboard-address 127.0.0.1:0"
        options = f"{options} --scheduler-file {scheduler}".split()
        begin = [sys.executable, "-m", "distributed.cli.dask_scheduler", *options, "--port", 0]
        scheduling = Part(begin, scheduler.exists, log)
        options += f"--nworkers 1 --nthreads 1 --local-directory {folder}".split()
        begin = [sys.executable, "-m", "distributed.cli.dask_worker", *options]
        return scheduling, Part(begin, lambda: "Registered to" in log.read_text(), log)

    def _proxy(self, folder, name, port, ports):
        source = HERE / {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}[name]
        text = source.read_text(encoding="utf-8")
        for written, real in zip((8080, 8081, 8082, 8083), (port, *ports), strict=True):
            text = re.sub(rf"127\.0\.0\.1:{written}\b", f"127.0.0.1:{real}", text)
        site = folder / "site.conf"
        site.write_text(text, encoding="utf-8")
        command = [program(name), "-f", site]
        if name == "nginx":
            outer = folder / "nginx.conf"
            outer.write_text(NGINX.format(folder=folder), encoding="utf-8")
            command = [program(name), "-p", folder, "-c", outer]
        return Listener(port, command, folder / f"{name}.log")

    def __enter__(self):
        try:
            for group in self._groups:
                for part in group:
                    part.begin()
                for part in group:
                    part.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        """End everything, the proxy first."""
        for group in reversed(self._groups):
            for part in group:
                part.tell(signal.SIGTERM)
            for part in group:
                part.drain()
