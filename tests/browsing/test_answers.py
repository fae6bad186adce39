"""What browsers are told of the pages of a folder."""

from __future__ import annotations

from quick_htag.browsing.answers import page_answer, text_answer


def test_a_page_runs_no_script():
    """But the one that knows the nonce of this answer."""
    assert "script-src 'none'" in str(page_answer("").header("Content-Security-Policy"))
    policy = str(page_answer("", nonce="abc").header("content-security-policy"))
    assert "script-src 'nonce-abc'" in policy
    assert "default-src 'none'" in policy


def test_a_text_stays_a_text():
    """Whatever it looks like, and whoever wants to use it as something else."""
    answer = text_answer(b"<script>")
    assert answer.header("Content-Type") == "text/plain; charset=utf-8"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Cross-Origin-Resource-Policy") == "same-origin"
