"""Our scripts in the app's document."""

from __future__ import annotations

import json

import pytest

from quick_htag.guis.document import document, script_json


def _made(html: str, script: str = "") -> str:
    config = {"page": "id", "seen": 3, "script": script}
    return document(html, config, "/folder/page", "client.js?v=1")


def test_configuration_and_client_follow_the_head() -> None:
    """They are the first things in the head, configuration first."""
    made = _made("<!DOCTYPE html><html><head><title>x</title></head></html>")
    before, config, client, again, after = made.split("\n")
    assert before == "<!DOCTYPE html><html><head>"
    settings = '{"page": "id", "seen": 3, "script": ""}'
    assert config == f"<script>window.quick_htag_page={settings}</script>"
    assert client == '<script src="./page/client.js?v=1"></script>'
    assert again.startswith("<script>window.quick_htag&&")
    assert after == "<title>x</title></head></html>"


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/", "./client.js"),
        ("/chat", "./chat/client.js"),
        ("/a/chat/", "./client.js"),
        ("/a:b", "./a:b/client.js"),
        ("/%22%3E", "./%22%3E/client.js"),
        ('/"><script>', "./&quot;&gt;&lt;script&gt;/client.js"),
    ],
)
def test_the_client_is_below_the_page(path: str, near: str) -> None:
    """Whatever comes before the path in a browser, and whatever somebody asks for."""
    assert f'<script src="{near}"></script>' in document("", {}, path, "client.js")


@pytest.mark.parametrize(
    ("html", "before"),
    [
        ('<html><HEAD lang="de"><body>', '<html><HEAD lang="de">'),
        ("<html><header></header><body>", "<html>"),
        ("<!doctype html><p>x", "<!doctype html>"),
        ("<p>x", ""),
    ],
)
def test_a_document_without_a_plain_head(html: str, before: str) -> None:
    """The scripts go where the parser opens the head, never before the doctype."""
    assert _made(html).startswith(f"{before}\n<script>")


@pytest.mark.parametrize("text", ["</script><script>alert(1)", "<!--", "a&b", "\u2028\u2029", "ü"])
def test_json_cannot_end_its_element(text: str) -> None:
    """What an app gives as text stays text inside the script, and means the same."""
    made = script_json(text)
    assert not set("<>&\u2028\u2029") & set(made)
    assert json.loads(made) == text
