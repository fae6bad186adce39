"""What the pages of a folder have in common: head, styles, icons, the way back up."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

_STYLE: Final = """
:root{color-scheme:light dark;--page:#f3f5f8;--card:#fff;--line:#dfe4ec;--text:#1b2330;
--soft:#5b677a;--link:#1f5fd6;--hover:#f0f4fb;--app:#0f7a55;--tint:#e3f5ee;--bad:#b3261e;
--shade:#fbeae9}
@media(prefers-color-scheme:dark){:root{--page:#0e1218;--card:#171d26;--line:#2a3340;
--text:#e8ecf2;--soft:#97a3b5;--link:#7aa7ff;--hover:#1c2430;--app:#6fd6ae;--tint:#15302a;
--bad:#ff9a92;--shade:#3a1f20}}
*{box-sizing:border-box}
body{background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif;margin:0 auto;
max-width:64rem;padding:1.5rem 1rem 4rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{border-radius:4px;outline:2px solid var(--link);outline-offset:2px}
header{align-items:center;display:flex;flex-wrap:wrap;gap:.75rem 1.5rem;margin-bottom:1rem}
nav{flex:1;font-size:1.25rem;font-weight:600;overflow-wrap:anywhere}
nav i{color:var(--soft);font-style:normal;font-weight:400;margin:0 .35em}
input{background:var(--card);border:1px solid var(--line);border-radius:8px;color:inherit;
font:inherit;padding:.4rem .75rem;width:min(18rem,100%)}
h1,h2{font-size:1rem;margin:1.5rem .25rem .5rem}
ul{list-style:none;margin:0;padding:0}
.cards{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr))}
.cards a{background:var(--card);border:1px solid var(--line);border-radius:12px;color:inherit;
display:flex;gap:.75rem;height:100%;padding:.9rem 1rem}
.cards a:hover{background:var(--hover);border-color:var(--link);text-decoration:none}
.cards b{display:block;overflow-wrap:anywhere}.cards small{display:block;overflow-wrap:anywhere}
.files{background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.files li{align-items:baseline;display:flex;gap:.65rem;padding:.4rem 1rem}
.files li+li{border-top:1px solid var(--line)}.files li:hover{background:var(--hover)}
.files li>div{flex:1;min-width:0;overflow-wrap:anywhere}
li[hidden]{display:none!important}
svg{fill:none;flex:none;height:1.25rem;position:relative;stroke:var(--soft);stroke-linejoin:round;
stroke-linecap:round;stroke-width:1.4;top:.25rem;width:1.25rem}
.cards svg{background:var(--tint);border-radius:8px;height:2.4rem;padding:.5rem;stroke:var(--app);
top:0;width:2.4rem}
.broken svg{stroke:var(--bad)}
small,.soft{color:var(--soft);font-size:.875rem}
.wrong{color:var(--bad);display:block;font-size:.875rem}
code,pre{font:.875rem/1.5 ui-monospace,monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:12px;counter-reset:line;
margin:0;overflow:auto;padding:1rem 0;tab-size:4}
pre span{display:block;min-height:1.3rem;padding:0 1rem 0 0}
pre span::before{color:var(--soft);content:counter(line);counter-increment:line;
display:inline-block;margin-right:1rem;text-align:right;width:4rem;user-select:none}
pre span:target,pre .wrong{background:var(--shade)}
pre .wrong{font-size:inherit}
pre.trace{border-left:.4rem solid var(--bad);padding:1rem;white-space:pre-wrap}
"""

_ICONS: Final = """<svg style="display:none">
<symbol id="folder" viewBox="0 0 20 20"><path d="M2 5a1 1 0 0 1 1-1h4l2 2h8a1 1 0 0 1 1 1v8a1 1 0
0 1-1 1H3a1 1 0 0 1-1-1z"/></symbol>
<symbol id="app" viewBox="0 0 20 20"><rect x="2" y="3" width="16" height="14" rx="2"/>
<path d="M2 7h16M5 5h.01M7.5 5h.01M8.5 10l4 2.5-4 2.5z"/></symbol>
<symbol id="python" viewBox="0 0 20 20"><path d="M4 3a1 1 0 0 1 1-1h6l5 5v10a1 1 0 0 1-1 1H5a1 1 0 0
1-1-1zM11 2v5h5M8.5 10l-2 2 2 2M11.5 10l2 2-2 2"/></symbol>
<symbol id="broken" viewBox="0 0 20 20"><path d="M10 3l8 14H2zM10 8v4M10 14.5h.01"/></symbol>
<symbol id="page" viewBox="0 0 20 20"><circle cx="10" cy="10" r="7.5"/><path d="M2.5 10h15M10 2.5c5
5 5 10 0 15c-5-5-5-10 0-15z"/></symbol>
<symbol id="image" viewBox="0 0 20 20"><rect x="2" y="3" width="16" height="14" rx="2"/><circle
cx="7" cy="8" r="1.5"/><path d="M2 15l5-4 4 3 3-3 4 4"/></symbol>
<symbol id="text" viewBox="0 0 20 20"><path d="M4 3a1 1 0 0 1 1-1h6l5 5v10a1 1 0 0 1-1 1H5a1 1 0 0
1-1-1zM11 2v5h5M7 11h6M7 14h6"/></symbol>
<symbol id="other" viewBox="0 0 20 20"><path d="M4 3a1 1 0 0 1 1-1h6l5 5v10a1 1 0 0 1-1 1H5a1 1 0 0
1-1-1zM11 2v5h5"/></symbol></svg>"""

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>{style}</style></head>
<body>{icons}<header><nav aria-label="Folders">{crumbs}</nav>{tools}</header>
<main>{main}</main>{script}</body></html>
"""


def shell(title: str, crumbs: str, main: str, *, tools: str = "", script: str = "") -> str:
    """A page; everything but the title is HTML."""
    return _PAGE.format(
        title=text(title),
        style=_STYLE,
        icons=_ICONS,
        crumbs=crumbs,
        tools=tools,
        main=main,
        script=script,
    )


def icon(name: str) -> str:
    """One of the icons."""
    return f'<svg aria-hidden="true"><use href="#{name}"/></svg>'


def crumbs(root: str, parts: Sequence[str], *, of_file: bool = False) -> str:
    """Links to the folders on the way.

    Args:
        root: what the first one is called.
        parts: names that lead from there to the page.
        of_file: the last one is a file, and the page is as deep as its folder.

    """
    names = [root or "/", *parts]
    found = []
    for index, name in enumerate(names[:-1]):
        up = len(parts) - index - (1 if of_file else 0)
        found.append(f'<a href="{"../" * up or "./"}">{text(name)}</a>')
    found.append(f'<span aria-current="page">{text(names[-1])}</span>')
    return "<i>/</i>".join(found)


def text(value: str) -> str:
    """Text as HTML; names of files that are no UTF-8 are shown with "?"."""
    return html.escape(value.encode(errors="replace").decode())


def link(path: str) -> str:
    """A relative address, as an attribute needs it."""
    raw = quote(path, safe="/", errors="surrogateescape")
    return html.escape(raw if ":" not in raw.partition("/")[0] else f"./{raw}")
