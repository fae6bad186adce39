"""The pages of a file."""

from __future__ import annotations

from quick_htag.browsing.file_page import doorstep_page, failed_page, source_page


def test_lines_can_be_pointed_at():
    """Each has its number; nothing in them is HTML."""
    page = source_page("top", ["sub", "x.py"], "a\n<b>\n")
    assert '<span id="L1">a</span><span id="L2">&lt;b&gt;</span></pre>' in page
    assert "larger" not in page


def test_the_line_that_is_wrong_is_marked():
    """And why it is, above."""
    page = source_page("top", ["x.py"], "a\ndef (\n", wrong=(2, "invalid <syntax>"))
    assert '<a class="wrong" href="#L2">line 2: invalid &lt;syntax&gt;</a>' in page
    assert '<span id="L1">a</span><span id="L2" class="wrong">def (</span>' in page


def test_a_part_is_said_to_be_one():
    """Of a file that is too large for a page."""
    assert "larger" in source_page("top", ["x.py"], "a", whole=False)


def test_what_failed_is_shown():
    """With its traceback, and ways back to the file and to another try."""
    page = failed_page("top", ["sub", "x.py"], "App", "Trace <here>", "Do <this>.")
    assert "<p>Do &lt;this&gt;.</p>" in page
    assert "App could not be opened" in page
    assert '<pre class="trace">Trace &lt;here&gt;</pre>' in page
    assert '<a href="../x.py">Show x.py</a>' in page
    assert '<a href="">Try again</a>' in page


def test_the_doorstep_asks():
    """It names the file that would run."""
    page = doorstep_page("top", ["x.py"], "App")
    assert "Open App?" in page
    assert "x.py" in page
