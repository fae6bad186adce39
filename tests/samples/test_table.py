"""The big table: only what has changed is sent."""


def test_one_row_is_sent(sample):
    """Not the table around it."""
    page = sample("table").page()
    assert len(page.document.select("tr")) == 2000
    updates = []
    update = page._update
    page._update = lambda key, html: (update(key, html), updates.append(html))
    page.click(".b7")
    assert "row 7: 1" in page.find("table").text
    assert sum(map(len, updates)) < 1500


def test_a_page_that_was_away_for_long(sample):
    """Is drawn anew when more happened than is kept."""
    table = sample("table")
    visitor = table.visitor()
    page, other = table.page(visitor), table.page(visitor)
    page.drop()
    for _ in range(5):
        other.click(".b7")
    page.connect()
    page.wait_for("row 7: 5", "table")
