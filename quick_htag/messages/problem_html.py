"""The page that shows a developer what is wrong, and comes back by itself when that has changed."""

from __future__ import annotations

import html
import json

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body{{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:60rem;padding:0 1rem}}
h1{{font-size:1.5rem;border-left:.4rem solid #c62828;padding-left:.8rem}}
pre{{overflow:auto;padding:1rem;border-radius:.5rem;background:#8882;font-size:.9rem}}
p{{opacity:.75}}</style></head>
<body><h1>{title}</h1>
<pre>{text}</pre>
<p>{advice}</p>
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


def problem_page(title: str, text: str, *, number: str = "", stream: str = "") -> str:
    """The page.

    Args:
        title: one line.
        text: a traceback, say.
        number: names the problem; a request that tells it is held until something has changed.
        stream: address of an event stream that lasts as long as the problem, from the root.

    """
    script = _HELD.format(number=html.escape(number)) if number else ""
    if stream:
        address = json.dumps(stream).replace("<", "\\u003c")
        script = _STREAM.format(address=address)
    advice = _ADVICE if script else ""
    return _PAGE.format(
        title=html.escape(title), text=html.escape(text), advice=advice, script=script
    )
