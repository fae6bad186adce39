"""The addresses of a folder."""

from __future__ import annotations

import sys

import pytest


def test_the_folder_is_at_the_root(site):
    """With its apps and files; what is hidden is not there."""
    answer = site.get("")
    assert answer.status_code == 200
    for text in ("Clock", "clock.py", "broken.py", "line 2", "page.html", "notes.md", "sub/"):
        assert text in answer.text
    assert ".dot-file" not in answer.text
    assert "outside" not in answer.text


def test_no_place_of_the_machine_is_told(site, tmp_path):
    """By no page, but the name of the folder."""
    for path in ("", "sub/", "clock.py", "broken.py/App", "nothing/", "?q=clock"):
        assert str(tmp_path) not in site.get(path).text


def test_files_are_shown_as_text(site):
    """Those of Python at their address; with ``raw`` as nothing but text."""
    assert '<span id="L1">from htag import Tag</span>' in site.get("clock.py").text
    assert "&lt;two&gt;" in site.get("notes.md?source").text
    answer = site.get("notes.md?raw")
    assert (answer.text, answer.headers["Content-Type"]) == (
        "# one\n<two>\n",
        "text/plain; charset=utf-8",
    )


def test_pages_are_sent_as_they_are(site):
    """For a look at what they look like; an icon is always there."""
    assert site.get("page.html").text == "<p>here</p>"
    assert site.get("favicon.ico").status_code == 200


def test_a_search_shows_what_lies_deeper(site, folder):
    """It needs no script."""
    (folder / "sub" / "deep.md").write_text("")
    assert "sub/deep.md" in site.get("?q=deep").text
    assert "0 found for" in site.get("?q=nothing-like-that").text


def test_a_slash_is_added_and_taken(site):
    """A folder has one at its end, a Python file has none."""
    assert site.get("sub").url == f"{site.url}sub/"
    assert site.get("clock.py/").url == f"{site.url}clock.py"


@pytest.mark.parametrize(
    "path",
    [
        "nothing/",
        "nothing.py",
        "nothing.py/App",
        "../outside.py",
        "%2e%2e/outside.py",
        "sub/%2e%2e/%2e%2e/outside.py",
        "..%2foutside.py",
        ".dot-file",
        ".dot-file?source",
        ".dot-file/",
        "clock.py/Nothing",
        "clock.py/Clock/nothing",
        "clock.py/Clock/ws/more",
    ],
)
def test_what_is_not_there_is_404(site, path):
    """So is what lies outside, or is hidden."""
    import http.client
    from urllib.parse import urlsplit

    place = urlsplit(site.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.request("GET", f"/{path}")  # as it is written
    answer = connection.getresponse()
    assert (answer.status, b"secret" in answer.read()) == (404, False)
    connection.close()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("path", ["out/", "out/outside.py", "link.py", "link.py/App"])
def test_links_that_lead_out_are_404(site, folder, path):
    """Wherever they stand."""
    (folder / "out").symlink_to(folder.parent)
    (folder / "link.py").symlink_to(folder.parent / "outside.py")
    answer = site.get(path)
    assert (answer.status_code, "secret" in answer.text) == (404, False)


@pytest.mark.parametrize("path", ["/.", "//", "/./"])
def test_odd_spellings_of_the_root(site, path):
    """Are the root."""
    import http.client
    from urllib.parse import urlsplit

    place = urlsplit(site.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.request("GET", path)
    assert connection.getresponse().status in (200, 301, 302, 308)
    connection.close()


def test_a_file_that_is_no_text_is_not_shown(site, folder):
    """Nor sent."""
    (folder / "data.bin").write_bytes(b"\0")
    assert site.get("data.bin").status_code == 404


def test_a_large_file_shows_its_beginning(site, folder):
    """And says so."""
    (folder / "large.log").write_text("line\n" * 300_000)
    assert "the file is larger" in site.get("large.log").text


def test_other_methods_are_refused(site):
    """A folder is for looking at."""
    import requests

    assert requests.post(site.url, timeout=30).status_code == 405


def test_the_text_of_a_broken_file_has_its_error(site):
    """Where Python has stopped to understand it."""
    text = site.get("broken.py").text
    assert '<span id="L2" class="wrong">def (x</span>' in text
    assert 'href="#L2">line 2: ' in text
    assert 'class="wrong"' not in site.get("clock.py").text
