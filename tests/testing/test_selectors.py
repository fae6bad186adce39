"""Selectors of tests."""

import pytest

from quick_htag.testing import Document

PAGE = Document(
    '<div id="top" class="a b"><p class="a">1</p><section><p data-x="y z">2</p></section></div>'
    "<p hidden>3</p>"
)


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        ("p", ["1", "2", "3"]),
        ("*", ["12", "1", "2", "2", "3"]),
        ("#top", ["12"]),
        (".a", ["12", "1"]),
        ("p.a", ["1"]),
        (".a.b", ["12"]),
        ("[hidden]", ["3"]),
        ('[data-x="y z"]', ["2"]),
        ("p[data-x=other]", []),
        ("div p", ["1", "2"]),
        ("div > p", ["1"]),
        ("div>section p", ["2"]),
        ("section, p.a", ["1", "2"]),
        ("P", ["1", "2", "3"]),
    ],
)
def test_what_is_selected(selector, texts):
    """In the order of the document."""
    assert [one.text for one in PAGE.select(selector)] == texts


@pytest.mark.parametrize("selector", ["", "p:first-child", "p +", "a ~ b", "p,,q", ">p", "[x"])
def test_what_is_not_understood(selector):
    """The error lists what is."""
    with pytest.raises(ValueError, match="is not understood; there are"):
        PAGE.select(selector)
