"""Promises about where a path leads: routes, files, other servers."""

from __future__ import annotations

import atexit
import os
import posixpath
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from quick_htag.contained import FoundFile, is_plain_name, path_segments
from quick_htag.errors import ConfigurationError, HTTPError, MethodNotAllowed
from quick_htag.folders import Folders
from quick_htag.messages.request import Request
from quick_htag.proxy.target import ProxyTarget
from quick_htag.routing import Pattern, Route, Router, fold

SPECIAL = ("", ".", "..")


class Given(NamedTuple):
    """A registration."""

    method: str
    mask: str
    argc: int | None


def check_routes(given: Sequence[Given], method: str, path: str) -> None:
    """A route is found as by one who compares all of them; nothing ever crashes."""
    router, known = Router(), []
    for one in given:
        try:
            route = Route("x", one.method, Pattern(one.mask), one.argc, _no_handler)
        except ConfigurationError:
            continue
        known.append(route)
        router.add(route)
    expected = _slow_match(known, method, path)
    found = router.match(method, path)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (found.route, found.segments, found.paths) == expected
    try:
        router.find(method, path)
    except MethodNotAllowed as error:
        assert method not in error.allowed
    except HTTPError as error:
        assert error.status == 404


def _no_handler(request: Request) -> None:
    raise AssertionError("nobody calls it")


def _slow_match(
    routes: Sequence[Route], method: str, path: str
) -> tuple[Route, dict[str, str], list[str]] | None:
    if not path.startswith("/"):
        return None
    elements = path.partition("#")[0][1:].split("/")
    methods = ["HEAD", "GET"] if method == "HEAD" else [method]
    found = []
    for order, route in enumerate(routes):
        parts = route.pattern.parts
        start = elements[: len(parts)]
        if route.method not in methods or len(start) < len(parts) or set(start) & set(SPECIAL):
            continue
        if any(part not in (None, unquote(raw)) for part, raw in zip(parts, start, strict=True)):
            continue
        rest = fold(elements[len(parts) :])
        if route.argc in (None, len(rest)):
            values = [unquote(raw) for part, raw in zip(parts, start, strict=True) if part is None]
            rank = [int(part is None) for part in parts] + [2]
            segments = dict(zip(route.pattern.names, values, strict=True))
            found.append((rank, methods.index(route.method), order, (route, segments, rest)))
    return min(found)[3] if found else None


class Tree:
    """A folder with a few files, a secret beside it, and links; made once."""

    def __init__(self) -> None:
        self._kept = tempfile.TemporaryDirectory()
        atexit.register(self._kept.cleanup)
        outside = Path(self._kept.name).resolve()
        self.root = outside / "root"
        (self.root / "sub").mkdir(parents=True)
        for name in ("index.html", "a.txt", "sub/b.txt", ".hidden", "sub/.git", "sub/.a.txt"):
            (self.root / name).write_bytes(name.encode())
        (outside / "secret.txt").write_text("secret")
        if hasattr(os, "mkfifo"):
            os.mkfifo(self.root / "pipe.txt")
            (self.root / "out").symlink_to(outside)
            (self.root / "link.txt").symlink_to(outside / "secret.txt")
        self.folders = Folders()
        self.folders.bind("/", str(self.root))
        self.folders.bind("/deep/", str(self.root / "sub"))


_tree: list[Tree] = []


def check_files(path: str) -> None:
    """What a path opens is a regular file in the folder that is not hidden, or nothing."""
    if not _tree:
        _tree.append(Tree())
    tree = _tree[0]
    found = tree.folders.find(path)
    if isinstance(found, FoundFile):
        with found.file:
            inside = os.path.realpath(found.path)
            assert os.path.commonpath([inside, tree.root]) == str(tree.root)
            assert not any(
                part.startswith(".") for part in Path(inside).relative_to(tree.root).parts
            )
            assert found.file.read() == str(Path(inside).relative_to(tree.root)).encode()


def check_segments(path: str) -> None:
    """Segments are plain names on Windows too: no drive, stream, device or step up."""
    for windows in (False, True):
        for segment in path_segments(path, windows) or ():
            assert is_plain_name(segment, windows)
            assert segment not in SPECIAL
            assert not set(segment) & set("/\\\0")
            assert not windows or (":" not in segment and segment == segment.rstrip(". "))


def check_proxy(name: str, url: str, target: str, location: str) -> None:
    """What is passed on lies below the target, however often it is decoded there."""
    try:
        proxy = ProxyTarget(name, url)
    except ConfigurationError:
        return
    proxy.relocate(location, "localhost:8080", "/before")
    raw_path = target.partition("?")[0]
    if not target.startswith("/") or not proxy.matches(raw_path):
        return
    try:
        passed = proxy.translate(target)
    except HTTPError as error:
        assert error.status == 400
        return
    path = passed.partition("?")[0]
    base = proxy.base or "/"
    for _ in range(3):
        there = posixpath.normpath(path.replace("\\", "/"))
        assert there == base or there.startswith(base.rstrip("/") + "/"), (path, base)
        path = unquote(path)


def check_relocation(location: str) -> None:
    """A redirect of the target that names it leads here, and never to a host of its choosing."""
    proxy = ProxyTarget("/shop/", "http://10.0.0.9:81/base")
    moved = proxy.relocate(location, "localhost:8080")
    if moved != location:
        assert moved.startswith("/shop"), moved
        assert not urlsplit(moved).netloc
