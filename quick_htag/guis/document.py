"""The page as it goes out: the app's document with our configuration and script in its head."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape

_SPOTS = (  # after the first that matches; a script before the doctype would mean quirks mode
    re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE),
    re.compile(r"<html(?:\s[^>]*)?>", re.IGNORECASE),
    re.compile(r"\A\s*<!doctype[^>]*>", re.IGNORECASE),
    re.compile(r"\A"),
)
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)

_AGAIN = (
    "window.quick_htag&&quick_htag.send||document.write("
    "'<script src=\"'+location.pathname.replace(/[/]*$/,\"/\")+{0}+'\"><\\/script>')"
)


def script_json(value: object) -> str:
    """``value`` as JSON that can stand inside a script element and cannot end it."""
    return json.dumps(value).translate(_UNSAFE)


def document(html: str, config: Mapping[str, object], path: str, client: str) -> str:
    """Put the configuration of a page and its client right after ``<head>``.

    The address of the client is relative: what the browser sees as the path of the page may begin
    with what a proxy has put there. Where such a proxy even takes away the last part of it, only
    the page can tell its address; it tries again then, before the scripts that follow.

    Args:
        html: the document of the app.
        config: what ``js/page.js`` needs: ``page``, its id and token; ``seen``, the number of the
            last payload the document contains; ``script``, JavaScript to run once the transport is
            ready; ``limit``, bytes of the largest message the page may send; ``largest``, of the
            largest file; ``transports``, those it may use, the best first; ``owner``, which is the
            same for all pages that this visitor has of this app; ``password``, if its messages are
            encrypted.
        path: of the page, as it was asked for.
        client: the address of our client, relative to the page as a folder.

    """
    last = path.rpartition("/")[2]
    near = escape(f"./{last}/{client}" if last else f"./{client}")
    inserted = (
        f"<script>window.quick_htag_page={script_json(config)}</script>\n"
        f'<script src="{near}"></script>\n'
        f"<script>{_AGAIN.format(script_json(client))}</script>\n"
    )
    found = next(match for spot in _SPOTS if (match := spot.search(html)))
    return f"{html[: found.end()]}\n{inserted}{html[found.end() :]}"
