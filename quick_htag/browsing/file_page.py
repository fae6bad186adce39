"""The pages of a file: its text, and what went wrong when its app was started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .shell import crumbs, link, shell, text

_WRONG: Final = ' class="wrong"'


def source_page(
    root: str,
    parts: Sequence[str],
    source: str,
    *,
    whole: bool = True,
    wrong: tuple[int, str] = (0, ""),
) -> str:
    """The text of a file with the numbers of its lines; ``#L12`` leads to a line.

    Args:
        root: what the uppermost folder is called.
        parts: names that lead to the file.
        source: the text.
        whole: it is all of it.
        wrong: number of the line that Python does not understand, and why; empty: it understands
            them, or it is no Python.

    """
    lines = source.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    shown = "".join(
        f'<span id="L{number}"{_WRONG if number == wrong[0] else ""}>{text(line)}</span>'
        for number, line in enumerate(lines, 1)
    )
    note = "" if whole else '<p class="soft">This is the beginning; the file is larger.</p>'
    tools = '<small><a href="?raw">plain text</a></small>'
    said = ""
    if wrong[1]:
        place = f"line {wrong[0]}: " if wrong[0] else ""
        said = f'<p><a class="wrong" href="#L{wrong[0]}">{place}{text(wrong[1])}</a></p>'
    main = f'{said}<pre tabindex="0">{shown}</pre>{note}'
    return shell(parts[-1], crumbs(root, parts, of_file=True), main, tools=tools)


def failed_page(root: str, parts: Sequence[str], app: str, trace: str, advice: str = "") -> str:
    """What went wrong when an app was to be opened; the page is one level below its file.

    Args:
        root: what the uppermost folder is called.
        parts: names that lead to the file.
        app: name of the class.
        trace: the traceback.
        advice: what to do about it; empty: nobody knows.

    """
    file = link(parts[-1])
    main = (
        f'<h1>{text(app)} could not be opened</h1><pre class="trace">{text(trace)}</pre>'
        f"{f'<p>{text(advice)}</p>' if advice else ''}"
        f'<p><a href="">Try again</a> when the file is repaired: it is loaded anew. '
        f'<a href="../{file}">Show {text(parts[-1])}</a></p>'
    )
    return shell(f"{app} could not be opened", crumbs(root, [*parts, app], of_file=True), main)


def doorstep_page(root: str, parts: Sequence[str], app: str) -> str:
    """Asks before a file is run for a link of another site."""
    main = (
        f"<h1>Open {text(app)}?</h1><p>A page of another site has led here, and opening this runs "
        f'the file {text(parts[-1])}. <a href="">Open it</a></p>'
    )
    return shell(f"Open {app}?", crumbs(root, [*parts, app], of_file=True), main)
