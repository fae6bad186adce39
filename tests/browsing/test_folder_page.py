"""The page of a folder."""

from __future__ import annotations

from quick_htag.browsing.app_finder import read_source
from quick_htag.browsing.folder_page import FolderPage
from quick_htag.browsing.folder_reader import Item

PAGE = FolderPage("top", 2)
SOURCE = read_source("from htag import Tag\nclass Shop(Tag.App):\n    '''Sells <b>.'''\n")


def shown(*items, parts=()):
    """The page with some items."""
    return PAGE.folder(parts, items, "n0nce")


def test_apps_lead_to_their_pages():
    """Each has a card, which says what it is about."""
    page = shown(Item("shop.py", "apps", 5, tuple(SOURCE.found), SOURCE))
    assert '<a href="shop.py/Shop">' in page
    assert "Sells &lt;b&gt;." in page
    assert "</a> <small>Shop</small>" in page  # beside the name of its file
    assert '<a href="shop.py">shop.py</a>' in page  # its text


def test_what_is_broken_says_so():
    """With the line, which is a link to it."""
    page = shown(Item("x.py", "broken", 5, (), read_source("a\ndef (")))
    assert 'href="x.py#L2">line 2: ' in page
    assert "invalid syntax" in page


def test_what_serves_by_itself_says_how_to_run_it():
    """As opening it here would start another server."""
    source = "from htag import WebApp\nWebApp(1).run()"
    page = shown(Item("x.py", "script", 5, (), read_source(source)))
    assert "in line 2" in page
    assert "python -m quick_htag x.py" in page


def test_what_is_for_the_other_htag_says_so():
    """It is no app here."""
    report = read_source("from htag import Tag\nclass Old(Tag.body): pass")
    page = shown(Item("x.py", "python", 5, (), report))
    assert "Old: for htag 1, and htag 2 is installed" in page


def test_without_htag_the_page_says_what_to_do():
    """The files can be looked at all the same."""
    page = FolderPage("top", 0).folder((), [Item("x.py", "python", 5, (), SOURCE)], "")
    assert "pip install htag" in page
    assert "for htag 2" not in page


def test_files_lead_where_they_can_be_seen():
    """Texts as text; pages as pages, or their source; what cannot be shown leads nowhere."""
    page = shown(Item("a.md", "text"), Item("b.html", "page"), Item("c.bin", "other"))
    assert '<a href="a.md?source">' in page
    assert '<a href="b.html">b.html</a> <small><a href="b.html?source">' in page
    assert 'href="c.bin' not in page


def test_folders_lead_down_and_up():
    """An empty one says so."""
    assert '<a href="sub%20one/">sub one/</a>' in shown(Item("sub one", "folder"))
    assert '<a href="../">top</a>' in shown(parts=("sub",))
    assert "This folder is empty." in shown()


def test_the_filter_has_what_it_needs():
    """A script that is let in, a box, and the words of each item in lower case."""
    page = shown(Item("Shop.py", "apps", 5, tuple(SOURCE.found), SOURCE))
    assert '<script nonce="n0nce">' in page
    assert '<input type="search" name="q"' in page
    assert 'data-find="shop.py shop"' in page
    assert "{{" not in page


def test_what_was_found_is_shown():
    """With the words, as text, and whether there is more."""
    page = PAGE.found((), [Item("sub/x.md", "text")], '"<b>', False, "")
    assert "1 found for <b>&quot;&lt;b&gt;</b>" in page
    assert "There is more" in page
    assert 'value="&quot;&lt;b&gt;"' in page
    assert '<a href="sub/x.md?source">sub/x.md</a>' in page
