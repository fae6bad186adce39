"""The weaknesses of quick_server in files and access, W34 to W39, and that they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quick_htag import QuickServer

    Start = Callable[..., QuickServer]
    Connect = Callable[[QuickServer], Any]

TIMEOUT = 30.0  # seconds


def get(server: QuickServer, path: str, **fields: str) -> requests.Response:
    """An answer, redirects not followed."""
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    url = server.url + path
    return requests.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)


def test_w34_no_host_is_this_machine(quiet: Start) -> None:
    """An empty address listens for nobody else."""
    assert quiet().server_address[0] == "127.0.0.1"


def test_w34_other_names_are_refused(quiet: Start) -> None:
    """A site that lets its own name point here reads nothing."""
    server = quiet(lambda s: s.text_get("/x", 0)(lambda req, args: "secret"))
    answer = get(server, "x", Host="evil.example")
    assert (answer.status_code, "secret" in answer.text) == (421, False)


@pytest.mark.parametrize(
    ("allowed", "origin", "credentials"),
    [(True, "*", None), (["http://a.example"], "http://a.example", "true"), ([], None, None)],
)
def test_w34_any_origin_never_with_cookies(
    quiet: Start, allowed: Any, origin: str | None, credentials: str | None
) -> None:
    """Cookies are for origins that are named."""

    def setup(server: QuickServer) -> None:
        server.cross_origin = allowed
        server.text_get("/x", 0)(lambda req, args: "x")

    headers = get(quiet(setup), "x", Origin="http://a.example").headers
    assert headers.get("access-control-allow-origin") == origin
    assert headers.get("access-control-allow-credentials") == credentials


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder to serve, and others that are not to be seen."""
    (tmp_path / "www" / "sub").mkdir(parents=True)
    (tmp_path / "www-secret").mkdir()
    (tmp_path / "www-secret" / "a.txt").write_text("secret")
    (tmp_path / "www" / "a.txt").write_text("grün", encoding="utf-8")
    (tmp_path / "www" / "B.TXT").write_text("b")
    (tmp_path / "www" / "no.py").write_text("no")
    (tmp_path / "www" / ".hidden.txt").write_text("no")
    return tmp_path


def serve(site: Path) -> Callable[[QuickServer], None]:
    """Bind ``www`` at the root and show its contents."""

    def setup(server: QuickServer) -> None:
        server.base_path = str(site)
        server.directory_listing = True
        server.bind_path("/", "www")
        server.add_file_patterns(["*.txt"], False)

    return setup


def test_w35_links_do_not_lead_out(quiet: Start, site: Path) -> None:
    """Unless it is wished."""
    (site / "www" / "out.txt").symlink_to(site / "www-secret" / "a.txt")
    server = quiet(serve(site))
    assert get(server, "out.txt").status_code == 404
    server.follow_symlinks = True
    assert get(server, "out.txt").text == "secret"


def test_w35_a_folder_is_no_prefix(quiet: Start, site: Path) -> None:
    """``www`` is not ``www-secret``, also by a link inside."""
    (site / "www" / "sub" / "next").symlink_to(site / "www-secret")
    server = quiet(serve(site))
    assert get(server, "sub/next/a.txt").status_code == 404


def test_w36_listings_show_what_is_served(quiet: Start, site: Path) -> None:
    """And nothing else."""
    text = get(quiet(serve(site)), "").text
    shown = [name for name in ("a.txt", "B.TXT", "sub", "no.py", ".hidden.txt") if name in text]
    assert shown == ["a.txt", "B.TXT", "sub"]


def test_w37_a_mirror_deletes_nothing(quiet: Start, site: Path) -> None:
    """What lies at its place stays, and is told."""
    server = quiet(serve(site))
    mine = site / "mine.js"
    mine.write_text("mine")
    with pytest.raises(ValueError, match="move it away"):
        server.mirror_file("mine.js", "backoff.js")
    assert mine.read_text() == "mine"


def test_w38_the_longest_name_is_first(quiet: Start, site: Path) -> None:
    """Whatever was bound later."""
    server = quiet(serve(site))
    (site / "www" / "sub" / "a.txt").write_text("of the folder")
    server.bind_path("/sub/", "www-secret")
    server.bind_path("/", "www")
    assert get(server, "sub/a.txt").text == "secret"


def test_w38_text_has_its_encoding_and_lists_no_case(quiet: Start, site: Path) -> None:
    """``*.txt`` is about ``B.TXT``, too."""
    server = quiet(serve(site))
    answer = get(server, "a.txt")
    assert (answer.headers["content-type"], answer.text) == ("text/plain; charset=utf-8", "grün")
    assert get(server, "B.TXT").status_code == 200


def test_w38_special_files_may_be_binary(quiet: Start, site: Path) -> None:
    """Bytes are bytes."""
    (site / "icon.bin").write_bytes(b"\xff\x00")
    server = quiet(serve(site))
    server.add_special_file("/special", "icon.bin", False)
    assert get(server, "special").content == b"\xff\x00"


def test_w39_forwarded_hosts_need_a_trusted_proxy(quiet: Start) -> None:
    """What any client claims is not believed; what a proxy of ours says is."""
    server = quiet(lambda s: s.json_get("/x", 0)(lambda req, args: req.get_original_host()))
    claims = {"Origin": "https://evil.example", "Forwarded": "host=localhost;proto=https"}
    own = f"127.0.0.1:{server.server_port}"
    assert get(server, "x", **claims).json() == ["http", own]
    server.trusted_proxies = ["127.0.0.1"]
    assert get(server, "x", **claims).json() == ["https", "localhost"]
