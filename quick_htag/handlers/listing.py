"""The page that lists a folder: plain HTML that sorts by links and needs no script."""

from __future__ import annotations

import datetime
import html
import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from ..folders import Entry
from ..log_text import format_size
from ..messages.params import parse_query

_COLUMNS: Final = (("name", "Name"), ("size", "Size"), ("date", "Changed"))
_LAST_MOMENT: Final = 253_370_000_000.0  # in the year 9998: local times must exist, too
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root{{color-scheme:light dark;--page:#f3f5f8;--card:#fff;--line:#e3e7ee;--text:#1b2330;
--soft:#596579;--link:#1f5fd6;--hover:#f7f9fc}}
@media(prefers-color-scheme:dark){{:root{{--page:#0e1218;--card:#171d26;--line:#2a3340;
--text:#e8ecf2;--soft:#97a3b5;--link:#7aa7ff;--hover:#1c2430}}}}
body{{background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif;
font-variant-numeric:tabular-nums;margin:0 auto;max-width:56rem;padding:2rem 1rem}}
nav{{font-size:1.35rem;font-weight:600;margin:0 .25rem 1rem;overflow-wrap:anywhere}}
nav i{{color:var(--soft);font-style:normal;font-weight:400;margin:0 .35em}}
a{{color:var(--link);text-decoration:none}}
a:hover,a:focus-visible{{text-decoration:underline}}
div{{background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden}}
table{{border-collapse:collapse;width:100%}}
th,td{{padding:.45rem 1rem;text-align:left}}
th{{font-size:.875rem;white-space:nowrap}}
tbody tr{{border-top:1px solid var(--line)}}
tbody tr:hover{{background:var(--hover)}}
td:first-child{{width:100%}}
td a{{display:flex;gap:.6rem;overflow-wrap:anywhere}}
td+td{{color:var(--soft);white-space:nowrap}}
th:nth-child(2),td:nth-child(2){{text-align:right}}
svg{{fill:none;flex:none;height:1.5rem;stroke:var(--soft);stroke-linejoin:round;width:1.2rem}}
p{{color:var(--soft);font-size:.875rem;margin:.75rem .25rem}}
@media(max-width:34rem){{th:nth-child(3),td:nth-child(3){{display:none}}}}
</style>
</head>
<body>
<svg style="display:none"><symbol id="folder" viewBox="0 0 20 20">
<path d="M2 5a1 1 0 0 1 1-1h4l2 2h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z"/>
</symbol><symbol id="file" viewBox="0 0 20 20">
<path d="M4 3a1 1 0 0 1 1-1h6l5 5v10a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM11 2v5h5"/>
</symbol><symbol id="up" viewBox="0 0 20 20"><path d="M4 8l4-4 4 4M8 4v12h8"/></symbol></svg>
<nav aria-label="Folders">{crumbs}</nav>
<div><table>
<thead><tr>{columns}</tr></thead>
<tbody>
{rows}</tbody>
</table></div>
<p>{summary}</p>
</body>
</html>
"""


def sorted_entries(entries: Sequence[Entry], by: str, descending: bool) -> list[Entry]:
    """Folders first, then by "name", "size" or "date"; what is equal is in order of its name."""
    ordered = sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))
    if by == "name":
        ordered = ordered[::-1] if descending else ordered
    elif by == "size":
        ordered.sort(key=lambda entry: entry.size, reverse=descending)
    else:
        ordered.sort(key=lambda entry: entry.changed, reverse=descending)
    return sorted(ordered, key=lambda entry: not entry.is_folder)


def sorting(query: str) -> tuple[str, bool]:
    """The column and the direction that a query asks for; by name when it asks for none."""
    values = parse_query(query)
    by = values.get("sort")
    return (
        by if isinstance(by, str) and by in ("size", "date") else "name",
        values.get("order") == "desc",
    )


def listing_page(
    entries: Sequence[Entry], segments: tuple[str, ...], depth: int, query: str
) -> bytes:
    """The page of a folder. Every link in it is relative, so it works under any prefix.

    Args:
        entries: what is in it.
        segments: its decoded path.
        depth: how many of them are the name that it is bound to.
        query: of the request: ``sort`` is "name", "size" or "date"; ``order`` is "asc" or "desc".

    """
    by, descending = sorting(query)
    shown = sorted_entries(entries, by, descending)
    names = _crumb_names(segments, depth)
    rows = _parent_row() if len(names) > 1 else ""
    rows += "".join(_row(entry) for entry in shown)
    page = _PAGE.format(
        title=_text(names[-1]),
        crumbs=_crumbs(names),
        columns="".join(_column(key, title, by, descending) for key, title in _COLUMNS),
        rows=rows,
        summary=_summary(shown),
    )
    return page.encode()


def listing_json(entries: Sequence[Entry], query: str) -> bytes:
    """The same for programs: a list of ``name``, ``folder``, ``size`` and ``changed``."""
    lines: list[dict[str, Any]] = [
        {
            "name": _shown(entry.name),
            "folder": entry.is_folder,
            "size": None if entry.is_folder else entry.size,  # bytes
            "changed": _moment(entry).isoformat(timespec="seconds"),
        }
        for entry in sorted_entries(entries, *sorting(query))
    ]
    return json.dumps(lines).encode()


def _crumb_names(segments: tuple[str, ...], depth: int) -> list[str]:
    return ["/".join(segments[:depth]) or "Home", *segments[depth:]]


def _crumbs(names: Sequence[str]) -> str:
    """The way from the bound name to here; all but the last are links."""
    parts = []
    for up, name in zip(range(len(names) - 1, -1, -1), names, strict=True):
        parts.append(f'<a href="{"../" * up}">{_text(name)}</a>' if up else _text(name))
    return "<i>/</i>".join(parts)


def _column(key: str, title: str, by: str, descending: bool) -> str:
    order, aria, arrow = "asc", "", ""
    if key == by:
        order = "asc" if descending else "desc"
        aria = f' aria-sort="{"descending" if descending else "ascending"}"'
        arrow = " ↓" if descending else " ↑"
    return f'<th scope="col"{aria}><a href="?sort={key}&amp;order={order}">{title}{arrow}</a></th>'


def _parent_row() -> str:
    return f'<tr><td><a href="../">{_icon("up")}..</a></td><td></td><td></td></tr>\n'


def _icon(name: str) -> str:
    return f'<svg aria-hidden="true"><use href="#{name}"/></svg>'


def _row(entry: Entry) -> str:
    # every reserved character is encoded, ":" too: a name must not look like "scheme:rest"
    slash = "/" if entry.is_folder else ""
    link = quote(entry.name, safe="", errors="surrogateescape") + slash
    icon = _icon("folder" if entry.is_folder else "file")
    size = "" if entry.is_folder else format_size(entry.size)
    moment = _moment(entry)
    local = moment.astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f'<tr><td><a href="{link}">{icon}<span>{_text(entry.name)}{slash}</span></a></td>'
        f"<td>{size}</td>"
        f'<td><time datetime="{moment.isoformat(timespec="seconds")}">{local}</time></td></tr>\n'
    )


def _summary(entries: Sequence[Entry]) -> str:
    folders = sum(entry.is_folder for entry in entries)
    files = len(entries) - folders
    total = sum(entry.size for entry in entries)
    if not entries:
        return "This folder is empty."
    count = f"{files} file{'' if files == 1 else 's'}, {format_size(total)}" if files else ""
    named = f"{folders} folder{'' if folders == 1 else 's'}" if folders else ""
    return " · ".join(filter(None, (named, count)))


def _moment(entry: Entry) -> datetime.datetime:
    changed = min(max(0.0, entry.changed), _LAST_MOMENT)
    return datetime.datetime.fromtimestamp(changed, datetime.timezone.utc)


def _shown(name: str) -> str:
    """A name without the bytes that are no text."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _text(name: str) -> str:
    return html.escape(_shown(name))
