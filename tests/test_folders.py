"""From the path of a request to a file, or to nothing."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from quick_htag.contained import FoundFile, FoundFolder
from quick_htag.errors import ConfigurationError
from quick_htag.folders import Entry, Folders

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


def test_folder_without_index(folders: Folders) -> None:
    """It is told apart from a folder asked for like a file, and from nothing."""
    assert [folders.find(path) for path in ("/", "/none/", "/gone/")] == [
        FoundFolder((), complete=True),
        FoundFolder(("none",), complete=True),
        None,
    ]


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


def test_refused_files_are_missing(folders: Folders) -> None:
    """Patterns decide on files, not on the folders they are in."""
    folders.patterns.add(["*.htm"], blacklist=False)
    assert [_read(folders, path) for path in ("/a.txt", "/sub/page.htm")] == [None, "page"]


@needs_links
def test_patterns_see_through_links(folders: Folders, www: Path) -> None:
    """A link with an allowed name does not show a refused file."""
    (www / "b.htm").symlink_to("a.txt")
    folders.patterns.add(["*.txt"], blacklist=True)
    assert folders.find("/b.htm") is None


def test_icon(folders: Folders, www: Path) -> None:
    """The icon is that of the first binding that has one."""
    assert folders.find_icon() is None
    (www / "favicon.ico").write_text("icon")
    folders.bind("/sub/", str(www / "sub"))
    found = folders.find_icon()
    assert found is not None
    found.file.close()


def _names(folders: Folders, *segments: str) -> list[str]:
    return sorted(entry.name for entry in folders.entries(FoundFolder(segments, complete=True)))


def test_fallbacks_come_last(folders: Folders, www: Path) -> None:
    """A fallback gives what no other folder has, however long its name is."""
    folders.bind("/sub/", str(www.parent / "www-secret"), fallback=True)
    (www.parent / "www-secret" / "page.htm").write_text("fallback")
    assert [_read(folders, f"/sub/{name}") for name in ("page.htm", "a.txt")] == ["page", "secret"]


def test_fallbacks_in_their_order(www: Path) -> None:
    """Of several fallbacks of a name the first is tried first."""
    folders = Folders()
    folders.bind("/", str(www), fallback=True)
    folders.bind("/", str(www.parent / "www-secret"), fallback=True)
    assert _read(folders, "/a.txt") == "a"


def test_entries(folders: Folders, www: Path) -> None:
    """A listing has files and folders with their sizes, and nothing hidden."""
    found = {entry.name: entry for entry in folders.entries(FoundFolder(("sub",), complete=True))}
    changed = (www / "sub" / "index.html").stat().st_mtime
    assert found["index.html"] == Entry("index.html", False, 5, changed)
    assert sorted(found) == ["index.html", "page.htm"]
    assert _names(folders) == ["a.txt", "none", "old", "sub"]


def test_entries_are_what_would_be_served(folders: Folders, www: Path) -> None:
    """What a pattern refuses is not listed; folders always are."""
    folders.patterns.add(["*.txt"], blacklist=True)
    assert _names(folders) == ["none", "old", "sub"]


@needs_links
def test_entries_leave_out_links_that_are_not_followed(folders: Folders, www: Path) -> None:
    """A link to the outside, to something hidden or to nothing is not listed."""
    (www / "good.txt").symlink_to("a.txt")
    (www / "out.txt").symlink_to(www.parent / "secret.txt")
    (www / "out").symlink_to(www.parent / "www-secret")
    (www / "hidden.txt").symlink_to(".git/config")
    (www / "lost.txt").symlink_to("nowhere")
    assert _names(folders) == ["a.txt", "good.txt", "none", "old", "sub"]
    assert _names(folders, "out") == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_entries_are_files_and_folders(folders: Folders, www: Path) -> None:
    """A pipe is not served, so it is not listed."""
    os.mkfifo(www / "sub" / "pipe")
    assert _names(folders, "sub") == ["index.html", "page.htm"]


def test_entries_of_several_bindings(folders: Folders, www: Path) -> None:
    """Everything that can be reached from a folder is listed once, bindings below it too."""
    folders.bind("/", str(www.parent / "www-secret"))
    folders.bind("/more/of/it/", str(www))
    (www.parent / "www-secret" / "b.txt").write_text("b")
    assert _names(folders) == ["a.txt", "b.txt", "more", "none", "old", "sub"]


@needs_links
def test_links_can_be_followed(folders: Folders, www: Path) -> None:
    """Whoever asks for it gets what links point to, wherever that is."""
    (www / "link.txt").symlink_to(www.parent / "secret.txt")
    (www / "link").symlink_to(www.parent / "www-secret")
    folders.follow_symlinks = True
    assert [_read(folders, path) for path in ("/link.txt", "/link/a.txt")] == ["secret"] * 2
    assert "link.txt" in _names(folders)


@needs_links
def test_followed_links_obey_patterns(folders: Folders, www: Path) -> None:
    """The black list sees the file that a link leads to."""
    (www / "link.txt").symlink_to(www.parent / "secret.txt")
    folders.follow_symlinks = True
    folders.patterns.add(["secret*"], blacklist=True)
    assert folders.find("/link.txt") is None


def _compressed(folders: Folders, path: str) -> bool:
    found = folders.find(path)
    assert isinstance(found, FoundFile)
    beside = folders.find_compressed(found)
    found.file.close()
    if beside is None:
        return False
    beside.file.close()
    return True


@pytest.mark.parametrize(
    ("plain", "compressed", "current"),
    [
        (5_000_000_000, 5_000_000_000, True),
        (5_000_000_000, 5_000_000_001, True),
        (5_500_000_000, 5_000_000_000, True),
        (5_500_000_000, 5_400_000_000, False),
        (5_000_000_000, 4_000_000_000, False),
    ],
    ids=["same", "newer", "same second, cut", "older in that second", "older"],
)
def test_compressed_file_beside(
    folders: Folders, www: Path, plain: int, compressed: int, current: bool
) -> None:
    """It is taken while it is not older; some tools keep only whole seconds."""
    (www / "a.txt.gz").write_bytes(b"gzip")
    os.utime(www / "a.txt", ns=(plain, plain))
    os.utime(www / "a.txt.gz", ns=(compressed, compressed))
    assert _compressed(folders, "/a.txt") is current


def test_compressed_file_on_the_black_list(folders: Folders, www: Path) -> None:
    """A compressed form needs no place on the white list, but the black list refuses it."""
    (www / "a.txt.gz").write_bytes(b"gzip")
    folders.patterns.add(["*.txt"], blacklist=False)
    assert _compressed(folders, "/a.txt")
    folders.patterns.add(["*.gz"], blacklist=True)
    assert not _compressed(folders, "/a.txt")


@needs_links
def test_compressed_file_is_no_link(folders: Folders, www: Path) -> None:
    """A link in the place of the compressed form leads nowhere."""
    (www / "a.txt.gz").symlink_to(www.parent / "secret.txt")
    assert not _compressed(folders, "/a.txt")
