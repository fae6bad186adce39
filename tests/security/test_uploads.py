"""Uploaded files: their names are harmless, and nobody else reads them meanwhile."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag import QuickServer

NAMES = [
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "C:\\x.txt",
    "\\\\host\\share\\x.txt",
    "a.txt\0.png",
    "a.txt::$DATA",
    "con.txt",
    "NUL",
    ".htaccess",
    ".. ",
    "a\r\nb.txt",
    "\u202egnp.exe",
    "a" * 5000 + ".txt",
    "%2e%2e%2fpasswd",
    "",
    "x/.",
    "~/.ssh/authorized_keys",
]


def temporary() -> Iterator[int]:
    """The permissions of temporary files that are open in this process."""
    folder = Path("/proc/self/fd")
    for link in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):  # that of the folder itself is gone
            found = os.fstat(int(link.name))
            if stat.S_ISREG(found.st_mode) and "(deleted)" in str(link.readlink()):
                yield stat.S_IMODE(found.st_mode)


@pytest.fixture
def seen() -> list[Any]:
    """What the endpoint has got."""
    return []


@pytest.fixture
def server(serve: Callable[..., QuickServer], seen: list[Any]) -> QuickServer:
    """One that stores nothing in memory."""
    server = serve(settings=Settings(upload_memory=1, body_memory=1))

    @server.text_post("/up", 0)
    def up(req: Any, args: Any) -> str:
        seen.append((args["files"]["f"].filename, list(temporary())))
        return "x"

    return server


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_that_may_be_used(
    server: Any, seen: list[Any], name: str, tmp_path: Path
) -> None:
    """As a file of any folder, whatever the client has called it."""
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="%b"\r\n\r\n%b\r\n--b--\r\n'
    quoted = name.replace("\\", "\\\\").replace("\r", "%0D").replace("\n", "%0A").encode()
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    data = part % (quoted, b"x" * 100)
    status = requests.post(f"{server.url}up", data, headers=kind, timeout=20).status_code
    if "\0" in name:
        assert status == 400
        return
    assert status == 200
    ((safe, _),) = seen
    assert safe == "" or (tmp_path / safe).resolve().parent == tmp_path.resolve()
    assert not safe.startswith((".", "~/"))
    assert len(safe.encode()) <= 200
    if safe:
        (tmp_path / safe).write_text("x")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nobody_else_reads_what_is_spooled(server: Any, seen: list[Any]) -> None:
    """The file has no name, or is its user's alone."""
    requests.post(f"{server.url}up", files={"f": b"x" * 300_000}, timeout=20)
    assert seen[0][1]
    assert set(seen[0][1]) == {0o600}


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_nobody_else_reads_a_store(tmp_path: Path) -> None:
    """Sessions, tokens and results are in it, and beside it."""
    from quick_htag import DiskCache, SQLiteStore

    before = os.umask(0)
    try:
        with (
            SQLiteStore(tmp_path / "values", forget=True) as store,
            DiskCache(tmp_path / "c") as cache,
        ):
            store.put("a", 1)
            assert cache is not None
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert {"values", "c"} <= modes.keys()
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}
