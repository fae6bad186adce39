"""What tests do with pages of the live app in a real browser."""

from __future__ import annotations

from typing import Any

# all pushes have come, each once and in order
GOT_IS_GAPLESS = "() => got.every((number, index) => index === 0 || number === got[index - 1] + 1)"


def wait_for_text(page: Any, selector: str, text: str) -> None:
    """Wait until an element shows exactly this text."""
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector)?.textContent === text",
        arg=[selector, text],
    )


def click_many(page: Any, count: int) -> None:
    """Click so many times, some milliseconds apart; goes on by itself."""
    page.evaluate(
        """count => {
            window.left = count;
            const timer = setInterval(() => {
                document.querySelector('.more').click();
                if (--window.left === 0) clearInterval(timer);
            }, 7);
        }""",
        count,
    )


def is_done(page: Any) -> None:
    """Wait until the clicks are handled."""
    page.wait_for_function("() => window.left === 0 && quick_htag.pending === 0")
