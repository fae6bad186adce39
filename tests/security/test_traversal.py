"""Paths out of folders, in every spelling; all ways to a file are tried with all of them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from quick_htag import NotStorable, SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quick_htag import QuickServer

UP = [
    "..",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "..%00",
    "..%20",
    "..;",
    "..%3b",
    "%252e%252e",
    "%c0%ae%c0%ae",  # overlong UTF-8
    "%e0%80%ae%e0%80%ae",
    "%f0%80%80%ae%f0%80%80%ae",
    "%uff0e%uff0e",
    "\uff0e\uff0e",  # full-width, which some make ASCII of
    "....//",
    "...",
    ".%09.",
    "%2e%2e%0a",
]
SEPARATORS = [
    "/",
    "//",
    "/./",
    "%2f",
    "%2F",
    "\\",
    "%5c",
    "%255c",
    "%c0%af",
    "%c1%9c",
    "%252f",
    "\u2215",
]
SECRET = b"the secret of another folder"
ABSOLUTE = [
    "//etc/passwd",
    "/%2fetc/passwd",
    "/file:///etc/passwd",
    "/C:/Windows/win.ini",
    "/C:%5cWindows%5cwin.ini",
    "/%5c%5chost%5cshare%5cx.txt",
    "//host/share/x.txt",
    "/a.txt::$DATA",
    "/a.txt%3a%3a$DATA",
    "/sub::$INDEX_ALLOCATION/a.txt",
    "/NUL",
    "/a.txt%00.html",
    "/%00/a.txt",
    "/~root/x",
    "/$HOME/x",
]


def targets(name: str) -> list[str]:
    """Spellings of a path that would lead up and into ``name``."""
    made = [f"/{up}{sep}{name}" for up in UP for sep in SEPARATORS]
    made += [f"/sub{sep}{up}{sep}{up}{sep}{name}" for up in UP[:4] for sep in SEPARATORS]
    return made + [f"/{up}/{up}/{up}/{up}/{up}/etc/passwd" for up in UP]


@pytest.fixture
def server(serve: Callable[..., QuickServer], tmp_path: Path) -> QuickServer:
    """A folder at the root, one below a name, and a secret beside both."""
    (tmp_path / "root" / "sub").mkdir(parents=True)
    (tmp_path / "root" / "a.txt").write_text("a")
    (tmp_path / "root" / "sub" / "a.txt").write_text("a")
    (tmp_path / "root" / ".env").write_bytes(SECRET)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "secret.txt").write_bytes(SECRET)
    (tmp_path / "secret.txt").write_bytes(SECRET)
    server = serve()
    server.bind_path("/", str(tmp_path / "root"))
    server.bind_path("/deep/er/", str(tmp_path / "root" / "sub"))
    server.directory_listing = True
    return server


def harmless(answer: Any) -> bool:
    """Neither the secret, nor a file of the system, nor a failure."""
    told = SECRET in answer.body or b"root:" in answer.body or b"secret" in answer.body.lower()
    return not told and answer.status in (200, 301, 400, 404, 405)


@pytest.mark.parametrize("prefix", ["", "/deep/er"])
def test_no_spelling_leads_out_of_a_folder(server: Any, ask: Any, prefix: str) -> None:
    """Of a step up, with every separator."""
    for target in [*targets("secret.txt"), *targets("secret/secret.txt")]:
        path = quote(prefix + target, safe="/%\\:$~;")
        assert harmless(ask(server, path)), target
        assert harmless(ask(server, (prefix + target).replace("\\", "%5C").encode())), target


@pytest.mark.parametrize("target", ABSOLUTE)
def test_no_absolute_path_drive_share_stream_or_device(server: Any, ask: Any, target: str) -> None:
    """Whatever the system; a stream of a file would be its source text on Windows."""
    answer = ask(server, target)
    assert answer.status in (400, 404)
    assert answer.body != b"a"


@pytest.mark.parametrize("name", [".env", "%2eenv", "sub/../.env", ".ENV", ".env%20", ".env."])
def test_hidden_files_are_not_there(server: Any, ask: Any, name: str) -> None:
    """In no spelling, nor in a listing."""
    assert ask(server, f"/{name}").status == 404
    assert b".env" not in ask(server, "/").body


def test_the_case_of_a_refused_name_does_not_matter(server: Any, ask: Any, tmp_path: Path) -> None:
    """Some systems find a file by any case, so patterns compare without it."""
    (tmp_path / "root" / "KEY.PEM").write_bytes(SECRET)
    server.add_file_patterns(["*.pem"], True)
    assert ask(server, "/KEY.PEM").status == 404
    assert ask(server, "/a.txt").status == 200


def test_the_fallback_gets_no_path_that_leads_up(server: Any, ask: Any, tmp_path: Path) -> None:
    """What a program makes a file name of is made of plain names."""
    seen: list[str] = []

    def hook(path: str) -> None:
        seen.append(path)

    server.set_file_fallback_hook(hook)
    for target in [*targets("x"), *ABSOLUTE]:
        ask(server, quote(target, safe="/%\\:$~;"))
    assert seen
    for path in seen:
        assert path.startswith("/")
        for segment in path.split("/"):
            assert segment not in ("..", ".")
            assert not set(segment) & set("\\\0")


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_out_of_a_folder(server: Any, ask: Any, tmp_path: Path) -> None:
    """Neither of a file nor of a folder, nor one that is a link again."""
    root = tmp_path / "root"
    (root / "file.txt").symlink_to(tmp_path / "secret.txt")
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "again.txt").symlink_to(root / "file.txt")
    (root / "hidden.txt").symlink_to(root / ".env")
    for path in ("/file.txt", "/folder/secret.txt", "/folder/", "/again.txt", "/hidden.txt"):
        assert ask(server, path).status == 404, path
    assert b"file.txt" not in ask(server, "/").body


def test_segments_of_endpoints_are_text(serve: Any, ask: Any) -> None:
    """They are decoded after the path was cut, so a client may write anything into one."""
    server = serve()
    server.json_get("/get/:name")(lambda req, args: [args["segments"]["name"], args["paths"]])
    assert json.loads(ask(server, "/get/%2e%2e%2fa/b%2fc").body) == ["../a", ["b/c"]]
    assert json.loads(ask(server, "/get/x/../../y").body) == ["x", ["y"]]


def test_names_of_jobs_are_no_paths(serve: Any, ask: Any, tmp_path: Path) -> None:
    """Nor are those of pieces of results, with a store in a file."""
    store = SQLiteStore(tmp_path / "values")
    server = serve(store=store)
    server.json_worker("/job")(lambda args: args)
    for target in targets("values")[:60]:
        for action in ("get", "cargo", "stop"):
            body = json.dumps({"action": action, "token": target}).encode()
            answer = ask(server, "/job", "Content-Type: application/json", method="POST", body=body)
            assert answer.status in (200, 404)
            assert b"SQLite" not in answer.body
    store.close()


def test_keys_of_a_store_are_no_paths(tmp_path: Path) -> None:
    """They stand in a table; nothing is made beside the file."""
    folder = tmp_path / "store"
    folder.mkdir()
    with SQLiteStore(folder / "values") as store:
        before = {path.name for path in tmp_path.iterdir()}
        for key in ["../x", "/etc/x", "a\0b", "C:\\x", "'; DROP TABLE items; --", "%00"]:
            store.put(key, key)
            assert store.get(key) == key
        assert {path.name for path in tmp_path.iterdir()} == before
        with pytest.raises(NotStorable):
            store.put("\ud800", 1)
