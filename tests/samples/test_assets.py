"""The assets: each style and script once, and late ones too."""


def html_of(page):
    """The whole page."""
    return page.document.html


def test_each_is_there_once(sample, major):
    """Style, script and title."""
    page = sample("assets").page()
    for text in ("b.tag{}", *(("b.text{}", "window.bytes = 1") if major == 1 else ())):
        assert html_of(page).count(text) == 1
    assert any(one.children == ["Assets"] for one in page.document.select("title"))


def test_late_ones_arrive(sample):
    """With the part that needs them, once."""
    page = sample("assets").page()
    page.click("button", "late")
    page.click("button", "late")
    page.wait_for("late", ".box")
    assert html_of(page).count(".late{}") == 1


def test_apps_do_not_get_those_of_others(sample):
    """Another app of the process has none of them."""
    sample("assets").page().click("button", "late")
    page = sample("counter").page()
    assert "window.late" not in html_of(page)
    assert "b.tag{}" not in html_of(page)
