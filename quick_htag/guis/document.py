"""The page as it goes out: the app's document with our configuration and script in its head."""

from __future__ import annotations

import functools
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
_HEAD = _SPOTS[0]  # nearly every page has one
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


@functools.lru_cache(maxsize=64)
def _client_lines(last: str, client: str) -> str:
    """The scripts that load the client, for pages whose path ends like this."""
    near = escape(f"./{last}/{client}" if last else f"./{client}")
    return (
        f'<script src="{near}"></script>\n<script>{_AGAIN.format(script_json(client))}</script>\n'
    )


@functools.lru_cache(maxsize=64)
def lasting_json(*values: object) -> str:
    """What is the same for many pages, as the last members of an object: ``a": 1}``.

    Args:
        values: hashable, each after its name; None: it is left out. By names it would take twice
            as long to find them again.

    """
    members = zip(values[::2], values[1::2], strict=True)
    return script_json({name: value for name, value in members if value is not None})[1:]


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
    return with_client(html, script_json(config), path, client)


def with_client(html: str, config: str, path: str, client: str) -> str:
    """The same for a configuration as JSON, see ``script_json``."""
    last = path.rpartition("/")[2]
    given = f"<script>window.quick_htag_page={config}</script>\n"
    inserted = given + _client_lines(last, client)
    found = _HEAD.search(html)
    if found is None:
        found = next(match for spot in _SPOTS if (match := spot.search(html)))
    end = found.end()
    return f"{html[:end]}\n{inserted}{html[end:]}"
