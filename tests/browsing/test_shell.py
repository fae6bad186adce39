"""The parts of every page of a folder."""

from __future__ import annotations

import re

import pytest

from quick_htag.browsing.shell import crumbs, icon, link, shell, text


@pytest.mark.parametrize(
    ("parts", "of_file", "links"),
    [
        ([], False, []),
        (["a"], False, ["../"]),
        (["a", "b"], False, ["../../", "../"]),
        (["x.py"], True, ["./"]),
        (["a", "x.py"], True, ["../", "./"]),
        (["a", "x.py", "App"], True, ["../../", "../", "./"]),
    ],
)
def test_crumbs_lead_up(parts, of_file, links):
    """By relative addresses, and the last one is where one is."""
    html = crumbs("top", parts, of_file=of_file)
    assert re.findall(r'href="([^"]*)"', html) == links
    assert f'<span aria-current="page">{["top", *parts][-1]}</span>' in html


def test_names_stay_names():
    """Nothing in one becomes HTML, and every one can be linked to."""
    assert text('<b>"') == "&lt;b&gt;&quot;"
    assert text("\udcff") == "?"
    assert link("a b/c&d?.py") == "a%20b/c%26d%3F.py"
    assert link("\udcff") == "%FF"
    assert link("x:y") == "./x%3Ay" or link("x:y") == "x%3Ay"
    page = shell("<t>", "", "")
    assert "<title>&lt;t&gt;</title>" in page


def test_icons_are_in_the_page():
    """Each that is used is drawn there, so nothing has to be fetched."""
    page = shell("", "", "")
    kinds = ("folder", "app", "python", "broken", "page", "image", "text", "other")
    assert all(f'<symbol id="{name}"' in page for name in kinds)
    assert icon("app") == '<svg aria-hidden="true"><use href="#app"/></svg>'


def test_both_themes():
    """Light and dark, as the visitor's system is."""
    assert "prefers-color-scheme:dark" in shell("", "", "")
