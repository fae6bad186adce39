"""Fixtures for every test: live servers, a clock to turn by hand, a browser.

Nothing here imports the package at the top, so tests of words and values run on their own.
"""

from __future__ import annotations

import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from quick_htag import QuickServer

LIVE_APPS = Path(__file__).resolve().parent / "live_apps"
SWITCH_INTERVAL = "QUICK_HTAG_SWITCH_INTERVAL"  # seconds; see ``pytest_configure``
PAGE_LIMIT = 60.0  # seconds a step of a page may take; only a failing test waits so long
THREAD_GRACE = 30.0  # seconds in which every thread of a test must have ended
CHROMIUM_ARGS = [
    "--no-sandbox",  # without which it does not start for root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure() -> None:
    """Threads change places as often as the environment says: ``make test-races`` and CI use it.

    With a tiny interval, what holds only because a thread is rarely interrupted fails.

    Programs of tests get SIGHUP and SIGINT, as ever, also when ``nohup`` keeps the one from us,
    and a shell that has started us with ``&`` the other.
    """
    interval = os.environ.get(SWITCH_INTERVAL)
    if interval:
        sys.setswitchinterval(float(interval))
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is signal.SIG_IGN:
        signal.signal(hangup, lambda *_: None)  # other programs do not inherit a function
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def patient_pages() -> Iterator[None]:
    """The pages of ``quick_htag.testing`` wait as long as a busy machine needs."""
    from quick_htag.testing import page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "TIMEOUT", PAGE_LIMIT)
        patch.setattr(page.GuiPage.wait_until, "__defaults__", (PAGE_LIMIT, "it"))
        patch.setattr(page.GuiPage.wait_for, "__defaults__", ("body", PAGE_LIMIT))
        yield


class Clock:
    """A monotonic clock that moves when told. Call it for the time in seconds."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    """A clock for code that takes one as an argument."""
    return Clock()


def _left_over(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads that did not exist before and do not end in time."""
    end = time.monotonic() + THREAD_GRACE
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(max(0.0, end - time.monotonic()))
    return [thread for thread in left if thread.is_alive()]


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    """Fails the test when a thread started in it is still alive at its end."""
    before = set(threading.enumerate())
    yield
    left = _left_over(before)
    assert not left, f"threads still alive: {[thread.name for thread in left]}"


@pytest.fixture
def start_server(no_thread_left: None) -> Iterator[Callable[..., QuickServer]]:
    """Starts servers on free ports; stops them, newest first, when the test is over.

    ``start_server(setup=None, address=("", 0), **options)`` calls ``setup(server)`` before the
    first request; ``options`` go to ``create_server``.
    """
    from quick_htag import create_server

    servers: list[QuickServer] = []

    def start(
        setup: Callable[[QuickServer], Any] | None = None,
        address: tuple[str, int] = ("", 0),
        **options: Any,
    ) -> QuickServer:
        server = create_server(address, **options)
        servers.append(server)
        server.no_command_loop = True
        if setup is not None:
            setup(server)
        server.start()
        return server

    yield start
    for server in reversed(servers):
        server.shutdown()
        server.server_close()


@pytest.fixture
def live_server(start_server: Callable[..., QuickServer]) -> QuickServer:
    """A running server without routes; ``live_server.url`` is its address."""
    return start_server()


class Authority:
    """A certificate authority of the tests, and files with certificates for this machine."""

    def __init__(self, folder: Path) -> None:
        import trustme

        self.folder = folder
        self._issuer = trustme.CA()
        self.root = str(folder / "root.pem")
        self._issuer.cert_pem.write_to_path(self.root)
        self.certfile, self.keyfile = self.issue("server")

    def issue(self, name: str) -> tuple[str, str]:
        """Certificate and key for localhost and 127.0.0.1, new ones each time; the files."""
        made = self._issuer.issue_cert("localhost", "127.0.0.1")
        files = str(self.folder / f"{name}.crt"), str(self.folder / f"{name}.key")
        made.cert_chain_pems[0].write_to_path(files[0])
        made.private_key_pem.write_to_path(files[1])
        return files

    def server_context(self) -> ssl.SSLContext:
        """Serves with the first certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certfile, self.keyfile)
        return context

    def websocket_context(self) -> ssl.SSLContext:
        """The same, for a client that reads on one thread while another one writes.

        Python's ssl may lose what is written when the tickets of TLS 1.3 come in at that moment.
        """
        context = self.client_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    def client_context(self) -> ssl.SSLContext:
        """Trusts this authority and no other."""
        return ssl.create_default_context(cafile=self.root)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Certificates for servers of tests."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def live_apps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The live apps can be imported by name; the folder they are in."""
    monkeypatch.syspath_prepend(str(LIVE_APPS))
    yield LIVE_APPS
    for path in LIVE_APPS.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture
def open_page(live_apps: Path) -> Iterator[Callable[..., Any]]:
    """``open_page(url, visitor=None)``: a connected page; closed when the test is over."""
    from gui_client import Page

    pages: list[Any] = []

    def opened(url: str, visitor: Any = None) -> Any:
        pages.append(Page(url, visitor).open())
        return pages[-1]

    yield opened
    for page in pages:
        page.close()


@pytest.fixture
def app_name(live_apps: Path) -> str:
    """The live app for the installed htag; skips without htag."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    return "app_htag2:App" if hasattr(htag, "State") else "app_htag1:App"


@pytest.fixture
def major() -> int:
    """Generation of the installed htag."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    return 2 if hasattr(htag, "State") else 1


@pytest.fixture
def app_source(major: int) -> Callable[..., str]:
    """``app_source(text="'hello'", name="App", head="")``: the source of an app."""
    base = "Tag.App" if major == 2 else "Tag.body"

    def write(text: str = "'hello'", name: str = "App", head: str = "") -> str:
        return (
            f"from htag import Tag\n{head}\n\nclass {name}({base}):\n"
            f'    """Shows {name}."""\n\n    def init(self):\n        self += Tag.b({text})\n'
        )

    return write


@pytest.fixture
def clean_imports(tmp_path: Path) -> Iterator[None]:
    """What a test has imported from its folder is forgotten, and so is the folder."""
    path = list(sys.path)
    yield
    sys.path[:] = path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium of this machine; skips when there is none, which `make test` rules out."""
    finder = Path(__file__).with_name("tools") / "chromium.py"
    found = subprocess.run([sys.executable, finder], capture_output=True, text=True, timeout=120)
    if found.returncode:
        pytest.skip(found.stderr.strip())
    return found.stdout.strip()


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """A headless Chromium; ``chromium.new_context()`` is a visitor with cookies of its own.

    Of a module and not of the session, because playwright keeps an asyncio loop running in the
    main thread, in which other tests could not run one. Each step of a page may take
    ``PAGE_LIMIT``.
    """
    from playwright.sync_api import Browser, sync_playwright

    def patient(new: Callable[..., Any]) -> Callable[..., Any]:
        def make(*args: Any, **options: Any) -> Any:
            made = new(*args, **options)
            made.set_default_timeout(PAGE_LIMIT * 1000)
            return made

        return make

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        for name in ("new_context", "new_page"):
            patch.setattr(Browser, name, patient(getattr(Browser, name)))
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Any]:
    """The real Redis; skips where its program is not installed."""
    from tests.redis_server import RedisServer

    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:  # pytest's are too long for the name of a socket
        server = RedisServer(program, Path(folder))
        yield server
        server.stop()


@pytest.fixture
def open_store() -> Iterator[Callable[..., Any]]:
    """``open_store(kind, where, prefix)``: a store that processes share; closed at the end."""
    from quick_htag import RedisStore, SQLiteStore

    made: list[Any] = []

    def make(kind: str, where: str, prefix: str) -> Any:
        made.append(SQLiteStore(where) if kind == "sqlite" else RedisStore(where, prefix=prefix))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture(scope="session")
def built_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the wheel of this checkout, built like a release."""
    from tests.wheelhouse import build

    return build(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="session")
def wheelhouse(built_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which pip installs this package, what it needs, and pytest."""
    from tests.wheelhouse import repack_with_requirements

    folder = tmp_path_factory.mktemp("wheelhouse")
    shutil.copy(built_wheel, folder)
    repack_with_requirements(folder, "htag", "websockets", "pycryptodomex", "pytest")
    return folder
