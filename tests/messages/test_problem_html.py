"""The page for a developer."""

from quick_htag.messages.problem_html import problem_page


def test_text_is_no_html():
    """Title and text come from errors."""
    page = problem_page("<b>", "<i>")
    assert "<b>" not in page
    assert "<i>" not in page
    assert "<script>" not in page


def test_it_comes_back_by_itself():
    """By a held request, or by a stream; the address cannot end the script."""
    assert '"Quick-Htag-Seen": "a1"' in problem_page("t", "x", number="a1")
    page = problem_page("t", "x", stream="/</script>/start")
    assert "EventSource" in page
    assert "</script>/start" not in page
