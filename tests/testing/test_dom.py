"""The document that tests look at."""

import pytest

from quick_htag.testing import Document
from quick_htag.testing.dom import parse

PAGE = (
    "<!doctype html><html><head><title>T</title><style>a{}</style></head><body>"
    '<ul class="menu big"><li id="one">first</li><li id="two">sec<b>ond</b> &amp; last</li></ul>'
    '<form><input name="q" value="old"><br><input type="checkbox" checked>'
    "<textarea>text</textarea><select><option value='a'>A<option value='b' selected>B</select>"
    "</form><script>1 < 2</script></body></html>"
)


@pytest.fixture
def page():
    """A document."""
    return Document(PAGE)


def test_text_is_what_a_reader_sees(page):
    """Without scripts, styles and the title; spaces are made one."""
    assert page.by_id("two").text == "second & last"
    assert "1 < 2" not in page.text
    assert Document("<p> a\n  b </p>").text == "a b"


def test_html_is_written_as_it_was_read(page):
    """Text is escaped, scripts are not."""
    assert page.by_id("two").html == '<li id="two">sec<b>ond</b> &amp; last</li>'
    assert page.select("script")[0].html == "<script>1 < 2</script>"
    assert page.select("br")[0].html == "<br>"


def test_values_of_controls(page):
    """What they hold as rendered, and what was typed."""
    entry = page.select("input")[0]
    assert [one.value for one in page.select("input, textarea, select")] == [
        "old",
        "on",
        "text",
        "b",
    ]
    entry.value = "new"
    assert entry.value == "new"
    assert entry["value"] == "old"
    assert page.select("input")[1].checked


def test_an_element_is_replaced(page):
    """By several others, which are in the document then."""
    page.by_id("one").replace(parse("<li>1a</li><li id='x'>1b</li>"))
    assert page.select("ul")[0].text == "1a1bsecond & last"
    assert page.by_id("x").parent.tag == "ul"


def test_what_is_in_no_document_cannot_be_replaced():
    """The error says so."""
    with pytest.raises(ValueError, match="in no document"):
        parse("<p>x</p>")[0].replace([])


def test_an_end_tag_without_a_start_is_passed_over():
    """As in a browser."""
    assert Document("<div>a</p>b</div>c").text == "abc"


def test_body_is_found_or_the_document():
    """A fragment is its own body."""
    assert Document(PAGE).body.tag == "body"
    assert Document("<p>x</p>").body.tag == "#document"
