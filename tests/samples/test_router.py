"""The router site: several pages in one app."""

import pytest


def test_pages_behind_hashes(sample, major):
    """The first one, one with a parameter, one that is missing, and back."""
    if major == 1:
        pytest.skip("htag 1 has no router")
    router = sample("router")
    page = router.page()
    where = "[oninit_route]"
    page.wait_until(lambda: bool(page.document.select(where)))
    page.trigger(where, "init_route", hash="")
    page.wait_for("home", ".shown")
    page.trigger("body", "hashchange", newURL="http://localhost/#/user/ann")
    page.wait_for("user ann", ".shown")
    assert len(router.module.MOUNTED) == 1
    page.trigger("body", "hashchange", newURL="http://localhost/#/missing")
    page.wait_for("404")
    assert not router.module.MOUNTED


def test_navigation_from_python(sample, major):
    """The browser is told, and says when it is there."""
    if major == 1:
        pytest.skip("htag 1 has no router")
    page = sample("router", path="/deep/down").page()
    page.click("button", "go")
    assert "window.location.hash='/user/zoe'" in "\n".join(page.scripts)


def test_pages_by_their_query(sample, major):
    """Links lead to the same app with another argument."""
    if major == 2:
        pytest.skip("htag 2 has a router")
    router = sample("router")
    visitor = router.visitor()
    link = router.page(visitor).find("a")["href"]
    page = router.page(visitor, link.lstrip("?"))
    assert page.find(".shown").text == "about"
    assert page.find("a")["class"] == "active"
