"""The page that shows a developer what is wrong, and comes back by itself when that has changed."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..tracebacks import Failure

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body{{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:60rem;padding:0 1rem}}
h1{{font-size:1.5rem;border-left:.4rem solid #c62828;padding-left:.8rem}}
pre{{overflow:auto;padding:1rem;border-radius:.5rem;background:#8882;font-size:.9rem}}
summary{{cursor:pointer;font-size:.9rem}}h2{{font-size:1.1rem}}
.advice{{opacity:.75}}</style></head>
<body><h1>{title}</h1>
{text}
<p class="advice">{advice}</p>
{script}</body></html>
"""
_ADVICE = "This page loads itself again when a file has been saved."
_HELD = """<script>
const again = () => setTimeout(() => location.reload(), 50);
fetch(location.href, {{ headers: {{ "Quick-Htag-Seen": "{number}" }}, cache: "no-store" }})
  .then(again, again);
</script>
"""
_STREAM = """<script>
new EventSource({address}).onerror = () => location.reload();
</script>
"""


def problem_page(
    title: str,
    text: str = "",
    *,
    failure: Failure | None = None,
    number: str = "",
    stream: str = "",
) -> str:
    """The page.

    Args:
        title: one line.
        text: a traceback, say; empty: none.
        failure: is shown with the user's own line first and the frames of libraries folded.
        number: names the problem; a request that tells it is held until something has changed.
        stream: address of an event stream that lasts as long as the problem, from the root.

    """
    script = _HELD.format(number=html.escape(number)) if number else ""
    if stream:
        address = json.dumps(stream).replace("<", "\\u003c")
        script = _STREAM.format(address=address)
    shown = [] if failure is None else _shown(failure)
    if text:
        shown.append(f"<pre>{html.escape(text)}</pre>")
    return _PAGE.format(
        title=html.escape(title),
        text="\n".join(shown),
        advice=_ADVICE if script else "",
        script=script,
    )


def _shown(failure: Failure) -> list[str]:
    """What failed, where in the user's own code, what to do, and the whole way there."""
    where = failure.where
    found = [f"<h2>{html.escape(failure.text)}</h2>"]
    if where is not None:
        place = html.escape(f"{where.place}, in {where.function}")
        found += [f"<p>{place}</p>", f"<pre>{html.escape(where.code)}</pre>"]
    if failure.advice:
        found.append(f"<p>{html.escape(failure.advice)}</p>")
    for folded, lines in failure.parts():
        pre = f"<pre>{html.escape(chr(10).join(lines))}</pre>"
        fold = f"<details><summary>{html.escape(folded)}</summary>{pre}</details>"
        found.append(fold if folded else pre)
    return found
