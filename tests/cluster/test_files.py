"""The files of the example are understood by the programs they are for."""

from __future__ import annotations

import configparser
import importlib
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import MemoryStore, Settings
from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag import QuickServer

CLUSTER = Path(__file__).resolve().parents[2] / "example" / "cluster"
BIN = Path(sys.executable).parent


def _said(*command: object, cwd: Path = CLUSTER) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _installed(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=f"{BIN}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class _Broken:
    """A server that is well when it is asked, and hangs up in the middle of a request.

    Attributes:
        methods: of the requests.

    """

    def __init__(self) -> None:
        self.methods: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            with sock:
                head = sock.recv(65536)
                if b"/healthz" in head:
                    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                elif head:
                    self.methods.append(head.split()[0].decode())

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def _asked(method: str, port: int) -> int:
    """The status of the answer."""
    return requests.request(method, f"http://127.0.0.1:{port}/", timeout=60).status_code


@pytest.fixture
def start_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """``start_proxy("nginx", ports)``: that of the example before these; with TLS if told."""
    monkeypatch.syspath_prepend(str(CLUSTER))
    parts = importlib.import_module("parts")
    with ExitStack() as stack:

        def start(name: str, ports: list[int], pem: str = "") -> Any:
            _installed(name)
            [port] = parts.free_ports(1)
            proxy = parts.Cluster.__new__(parts.Cluster)._proxy(tmp_path, name, port, ports)
            if pem:
                _encrypt(tmp_path / "site.conf", f"127.0.0.1:{port}", pem)
            stack.callback(proxy.drain)
            proxy.start()
            return proxy

        yield start
    sys.modules.pop("parts", None)


def _encrypt(path: Path, address: str, pem: str) -> None:
    """As a site does that others reach: with a certificate where clients connect."""
    words = f"ssl; ssl_certificate {pem}; ssl_certificate_key {pem};"
    text = path.read_text(encoding="utf-8")
    changed = text.replace(f"listen {address};", f"listen {address} {words}")
    changed = changed.replace(f"bind {address}\n", f"bind {address} ssl crt {pem}\n")
    assert changed != text
    path.write_text(changed, encoding="utf-8")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", ["nginx", "haproxy"])
def test_a_visitor_stays_with_his_server(
    name: str,
    scheme: str,
    start_proxy: Callable[..., Any],
    start_server: Callable[..., QuickServer],
    authority: Any,
    tmp_path: Path,
) -> None:
    """By the session cookie or a route; with TLS the session cookie has another name."""

    def setup(server: QuickServer) -> None:
        server.trusted_proxies = ["127.0.0.1"]
        server.health = "/healthz"

        @server.json_get("/where", 0)
        def where(req: Any, args: Any) -> Any:
            req.session["known"] = True
            return {"port": server.server_port, "scheme": req.scheme}

    settings, store = Settings(session_cookie="visit"), MemoryStore()
    servers = [start_server(setup, store=store, settings=settings) for _ in range(3)]
    pem = tmp_path / "site.pem"
    pem.write_text(Path(authority.certfile).read_text() + Path(authority.keyfile).read_text())
    ports = [one.server_port for one in servers]
    proxy = start_proxy(name, ports, str(pem) if scheme == "https" else "")
    url = f"{scheme}://127.0.0.1:{proxy.port}/where"
    places = [{(port, scheme)} for port in ports]
    # on a machine that is busy, a server may be slow once, and is thought to be away
    until(lambda: _seen(url, authority) in places)


def _seen(url: str, authority: Any) -> set[tuple[Any, Any]]:
    """Where a new visitor comes to."""
    with requests.Session() as visitor:
        answers = [visitor.get(url, timeout=60, verify=authority.root) for _ in range(12)]
    found = [one.json() if one.status_code == 200 else {} for one in answers]
    return {(one.get("port"), one.get("scheme")) for one in found}


@pytest.mark.parametrize("name", ["nginx", "haproxy"])
def test_what_changes_something_is_sent_once(name: str, start_proxy: Callable[..., Any]) -> None:
    """A server that dies may have done it; what is only asked for is asked of another one."""
    servers = [_Broken() for _ in range(3)]
    try:
        proxy = start_proxy(name, [one.port for one in servers])
        for method in ("POST", "GET"):
            until(lambda method=method: _asked(method, proxy.port) == 502)  # 503: nobody was asked
    finally:
        for one in servers:
            one.close()
    seen = [method for one in servers for method in one.methods]
    assert seen.count("POST") == 1
    assert seen.count("GET") > 1


def test_the_image() -> None:
    """Hadolint has nothing to say."""
    assert _said(_installed("hadolint"), "--failure-threshold", "style", "Dockerfile") == ""


def test_the_manifest() -> None:
    """Each object has the fields of its kind, and no others."""
    said = _said(_installed("kubernetes-validate"), "--strict", "kubernetes.yaml")
    kinds = ["deployment/web", "deployment/redis", "service/web", "ingress/web"]
    assert all(f"passed for resource {kind}" in said for kind in kinds)


def test_the_unit(tmp_path: Path) -> None:
    """Systemd takes it, once its program is there; the command is that of the example."""
    text = (CLUSTER / "quick_htag@.service").read_text(encoding="utf-8")
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.read_string(text)
    assert parser["Service"]["ExecStart"].split()[1:3] == ["app.py", "%i"]
    unit = tmp_path / "quick_htag@.service"
    unit.write_text(text.replace("/srv/app/venv/bin/python", sys.executable), encoding="utf-8")
    said = _said(_installed("systemd-analyze"), "verify", f"./{unit.name}", cwd=tmp_path)
    assert "quick_htag" not in said


def test_the_configuration_of_haproxy() -> None:
    """As it stands there."""
    _said(_installed("haproxy"), "-c", "-f", "haproxy.cfg")
