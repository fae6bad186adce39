"""From the path of a request to a file, or to nothing."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.folders import (
    DEFAULT_WHITE_LIST,
    Folders,
    FoundFile,
    FoundFolder,
    open_file,
    path_segments,
)

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")


@pytest.fixture
def www(tmp_path: Path) -> Path:
    """A folder with files, beside others that must not be reached."""
    for name, text in {
        "www/a.txt": "a",
        "www/sub/index.html": "index",
        "www/sub/page.htm": "page",
        "www/old/index.htm": "old",
        "www/none/x.bin": "x",
        "www/.git/config": "hidden",
        "www/sub/.env": "hidden",
        "www-secret/a.txt": "secret",
        "secret.txt": "secret",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "www"


@pytest.fixture
def folders(www: Path) -> Folders:
    """The folder bound to the root."""
    made = Folders()
    made.bind("/", str(www))
    return made


def _read(folders: Folders, path: str) -> str | None:
    found = folders.find(path)
    if not isinstance(found, FoundFile):
        return None
    with found.file:
        return found.file.read().decode()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/a.txt", "a"),
        ("/a.txt/", "a"),
        ("//a.txt", "a"),
        ("/./a.txt", "a"),
        ("/%61.txt", "a"),
        ("/sub/", "index"),
        ("/old/", "old"),
        ("/sub/page.htm", "page"),
    ],
)
def test_files_are_found(folders: Folders, path: str, text: str) -> None:
    """A path names a file, or a folder with an index."""
    assert _read(folders, path) == text


@pytest.mark.parametrize(
    "path",
    [
        "/missing",
        "/",
        "/none/",
        "/a.txt/b",
        "/.git/config",
        "/%2egit/config",
        "/sub/.env",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub%2fpage.htm",
        "/sub\\page.htm",
        "/sub%5cpage.htm",
        "/a.txt%00",
        "/a.txt\0.html",
        "/c:/a.txt",
        "/C%3a/a.txt",
        "/%ff",
        "/" + "x" * 5000,
        "*",
    ],
)
def test_nothing_else_is_found(folders: Folders, path: str) -> None:
    """Missing, hidden, outside or oddly spelled: nothing."""
    assert folders.find(path) is None


def test_folder_without_slash(folders: Folders) -> None:
    """A folder asked for like a file is told apart."""
    assert folders.find("//sub") == FoundFolder(("sub",))


@needs_links
def test_links_out_of_the_folder_lead_nowhere(folders: Folders, www: Path) -> None:
    """A link to the outside, to a file or to a folder, is not followed."""
    (www / "link.txt").symlink_to(www.parent / "secret.txt")
    (www / "link").symlink_to(www.parent / "www-secret")
    assert [folders.find(path) for path in ("/link.txt", "/link/a.txt", "/link")] == [None] * 3


@needs_links
def test_links_inside_the_folder_are_followed(folders: Folders, www: Path) -> None:
    """A link that stays inside is a file like others, unless it shows what is hidden."""
    (www / "good.txt").symlink_to("a.txt")
    (www / "bad.txt").symlink_to(".git/config")
    (www / "loop.txt").symlink_to("loop.txt")
    assert [_read(folders, f"/{name}.txt") for name in ("good", "bad", "loop")] == ["a", None, None]


@needs_links
def test_a_bound_folder_may_be_a_link(www: Path) -> None:
    """The folder itself is the user's choice, and may be pointed elsewhere later."""
    link = www.parent / "current"
    link.symlink_to("www")
    folders = Folders()
    folders.bind("/", str(link))
    assert _read(folders, "/a.txt") == "a"
    link.unlink()
    link.symlink_to("www-secret")
    assert _read(folders, "/a.txt") == "secret"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_only_regular_files(folders: Folders, www: Path) -> None:
    """A pipe is not waited for and not served, nor is a socket."""
    os.mkfifo(www / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(www / "sock"))
        assert (folders.find("/pipe"), folders.find("/sock")) == (None, None)


@pytest.mark.parametrize("name", ["www", "/www", "www/", ""])
def test_names_have_slashes_at_both_ends(name: str) -> None:
    """Anything else is a mistake, and a ValueError as in quick_server."""
    with pytest.raises(ValueError) as caught:
        Folders().bind(name, ".")
    assert isinstance(caught.value, ConfigurationError)


def test_longest_name_first(www: Path) -> None:
    """The order of binding does not hide the more specific name."""
    folders = Folders()
    folders.bind("/x/", str(www / "sub"))
    folders.bind("/", str(www))
    (www / "x").mkdir()
    (www / "x" / "page.htm").write_text("other")
    assert _read(folders, "/x/page.htm") == "page"


def test_latest_of_equal_names_first(www: Path, folders: Folders) -> None:
    """The latest binding wins where it has the file, earlier ones fill in."""
    folders.bind("/", str(www.parent / "www-secret"))
    assert (_read(folders, "/a.txt"), _read(folders, "/sub/")) == ("secret", "index")


def test_name_without_its_slash(www: Path) -> None:
    """The name of a binding is a folder to be redirected to."""
    folders = Folders()
    folders.bind("/s/", str(www / "sub"))
    assert folders.find("/s") == FoundFolder(("s",))
    assert folders.find("/sx") is None


def test_relative_folders_hang_from_the_base_path(www: Path) -> None:
    """The base path may be set before or after binding."""
    folders = Folders()
    folders.bind("/", "www")
    folders.base_path = str(www.parent)
    assert _read(folders, "/a.txt") == "a"


def test_missing_folder_may_appear(www: Path, tmp_path: Path) -> None:
    """A folder need not exist when it is bound."""
    folders = Folders()
    folders.bind("/", str(tmp_path / "later"))
    assert folders.find("/a.txt") is None
    www.rename(tmp_path / "later")
    assert _read(folders, "/a.txt") == "a"


def test_first_binding_is_a_target(folders: Folders, www: Path) -> None:
    """Without a look at files, the binding that would be tried first."""
    sub = folders.bind("/sub/", str(www / "sub"))
    assert folders.first_binding("/sub/any") is sub
    assert (sub.body_limit, sub.cost) == (0, 0.0)
    other = folders.first_binding("/any")
    assert other is not None
    assert other.name == "/"


@pytest.mark.parametrize(
    ("patterns", "path", "allowed"),
    [
        (["*.txt"], "/srv/a.TXT", True),
        (["*.TXT"], "/srv/a.txt", True),
        (["*.txt"], "/srv/a.txt.py", False),
        (["index.html"], "/srv/index.html", True),
        (["/srv/*"], "/srv/deep/in/it.py", True),
        (["srv/*"], "/srv/it.py", False),
        (["[ab].txt", "c*"], "/srv/cat.py", True),
    ],
)
def test_patterns(patterns: list[str], path: str, allowed: bool) -> None:
    """Patterns see the whole path, or the name, without case; "*" crosses "/"."""
    white, black = Folders(), Folders()
    white.add_patterns(patterns, blacklist=False)
    black.add_patterns(patterns, blacklist=True)
    path = path.replace("/", os.sep)
    assert (white.allows(path), black.allows(path)) == (allowed, not allowed)


def test_black_beats_white() -> None:
    """What is on both lists is refused; without a list all is allowed."""
    folders = Folders()
    assert folders.allows("/srv/a.py")
    folders.add_patterns(["*.py", "*.txt"], blacklist=False)
    folders.add_patterns(["a.*"], blacklist=True)
    assert [folders.allows(f"/srv/{name}") for name in ("a.py", "b.py")] == [False, True]


def test_refused_files_are_missing(folders: Folders) -> None:
    """Patterns decide on files, not on the folders they are in."""
    folders.add_patterns(["*.htm"], blacklist=False)
    assert [_read(folders, path) for path in ("/a.txt", "/sub/page.htm")] == [None, "page"]


@needs_links
def test_patterns_see_through_links(folders: Folders, www: Path) -> None:
    """A link with an allowed name does not show a refused file."""
    (www / "b.htm").symlink_to("a.txt")
    folders.add_patterns(["*.txt"], blacklist=True)
    assert folders.find("/b.htm") is None


def test_one_pattern_is_a_list_too() -> None:
    """A string would be taken letter by letter."""
    with pytest.raises(ConfigurationError, match="list"):
        Folders().add_patterns("*.py", blacklist=True)


def test_default_white_list() -> None:
    """Web files are on it, programs are not."""
    folders = Folders()
    folders.add_patterns(DEFAULT_WHITE_LIST, blacklist=False)
    assert [folders.allows(f"/srv/a.{end}") for end in ("CSS", "woff2", "py")] == [
        True,
        True,
        False,
    ]


def test_icon(folders: Folders, www: Path) -> None:
    """The icon is that of the first binding that has one."""
    assert folders.find_icon() is None
    (www / "favicon.ico").write_text("icon")
    folders.bind("/sub/", str(www / "sub"))
    found = folders.find_icon()
    assert found is not None
    found.file.close()


@pytest.mark.parametrize(
    "name", ["con", "NUL.txt", "com1.js", "lpt9", "a.txt.", "a.txt%20", "a.txt:stream", "aux .css"]
)
def test_names_that_windows_reads_otherwise(name: str) -> None:
    """Devices, streams and other spellings are no names there, and names elsewhere."""
    assert path_segments(f"/{name}", windows=True) is None
    assert path_segments(f"/{name}", windows=False) is not None


@pytest.mark.parametrize("name", ["console", "com10.js", "a b.txt", "auxiliary.css"])
def test_names_that_windows_takes(name: str) -> None:
    """Names that only look like devices are names."""
    assert path_segments(f"/{name}", windows=True) == (name,)


def test_failures_of_the_system_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of files is not a missing file."""

    def fail(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(OSError, match="Too many"):
        open_file(str(tmp_path / "x"))
