"""The desktop toy: an app that ends itself, on a server that goes on."""

import pytest


def test_javascript_of_a_handler(sample):
    """It is sent to be run."""
    page = sample("desktop").page()
    page.click("button", "title")
    assert "document.title = 'new'" in "\n".join(page.scripts)


def test_exit_ends_the_instance_only(sample, major):
    """The page is told, others and the server go on."""
    if major == 2:
        pytest.skip("htag 2 has no exit")
    desktop = sample("desktop")
    page, other = desktop.page(), desktop.page()
    with pytest.raises(AssertionError, match="the page was closed with 4002"):
        page.click("button", "quit")
    other.click("button", "title")
    assert desktop.page().find("button", "quit")
