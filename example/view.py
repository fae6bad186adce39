"""How the figures look: HTML as text, the same for both generations of htag.

Names of files can hold anything, so everything that is not ours goes through ``safe``.
"""

from __future__ import annotations

import os
from html import escape
from typing import TYPE_CHECKING

from monitor import INTERVAL, KEPT, Sample, Space, machine

if TYPE_CHECKING:
    from finder import Found, Search

TITLE = "Machine monitor"
LEGEND = (
    '<p class="legend"><span class="cpu">processor</span><span class="memory">memory</span></p>'
)
ENTRY = {
    "_placeholder": "a folder of this machine",
    "_aria_label": "folder",
    "_autocomplete": "off",
    "_spellcheck": "false",
}
WIDTH, HEIGHT = 600, 150  # units of the chart; the page stretches it


def safe(text: str) -> str:
    """Text for HTML; a name that is no Unicode gets question marks, so that it can be sent."""
    return escape(text.encode("utf-8", "replace").decode())


def size(number: float) -> str:
    """Bytes for people."""
    units = iter(("B", "kB", "MB", "GB", "TB", "PB", "EB"))
    unit = next(units)
    while number >= 1000:
        number, unit = number / 1024, next(units)
    return f"{number:.1f} {unit}" if number < 100 and unit != "B" else f"{number:.0f} {unit}"


def duration(seconds: float) -> str:
    """Seconds for people, two units of it."""
    minutes = int(seconds // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def percent(share: float | None) -> str:
    return "?" if share is None else f"{share * 100:.0f}"


def head(sample: Sample) -> str:
    """Name of the machine, and how it is."""
    name, kind = machine()
    up = f"up {duration(sample.uptime)}" if sample.uptime is not None else ""
    return (
        f'<div><h1>{safe(name)}</h1><p class="quiet">{safe(kind)}</p></div>'
        f'<p class="live"><span class="dot"></span>live<br><span class="quiet">{up}</span></p>'
    )


def cards(sample: Sample) -> str:
    """The three big numbers."""
    load = " · ".join(f"{value:.2f}" for value in sample.load) if sample.load else "not known"
    return (
        _card("cpu", "Processor", sample.cpu, f"load {load}")
        + _card("memory", "Memory", sample.memory and sample.memory.share, _of(sample.memory))
        + _card("disk", "Disk", sample.disk.share, _of(sample.disk))
    )


def _of(space: Space | None) -> str:
    return f"{size(space.used)} of {size(space.total)}" if space else "not known"


def _card(kind: str, name: str, share: float | None, text: str) -> str:
    width = (share or 0) * 100
    level = "high" if width >= 90 else "raised" if width >= 75 else "normal"
    return (
        f'<article class="card {kind} {level}"><h2>{name}</h2>'
        f'<p class="number">{percent(share)}<small>%</small></p>'
        f'<div class="meter"><div style="width:{width:.1f}%"></div></div>'
        f'<p class="quiet">{text}</p></article>'
    )


def chart(history: list[Sample]) -> str:
    """Processor and memory of the last minutes, drawn as SVG; now is at the right."""
    cpu = _points([sample.cpu for sample in history])
    memory = _points([sample.memory.share if sample.memory else None for sample in history])
    heights = (0, HEIGHT * 0.25, HEIGHT * 0.5, HEIGHT * 0.75)
    grid = "".join(f'<line x1="0" x2="{WIDTH}" y1="{y}" y2="{y}"/>' for y in heights)
    left = cpu.split(",", 1)[0]
    area = f"{left},{HEIGHT} {cpu} {WIDTH},{HEIGHT}" if cpu else ""
    return (
        '<div class="plot"><i>100 %</i><i>50 %</i>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="processor and memory of the last {_span()}">{grid}'
        f'<polygon class="cpu" points="{area}"/>'
        f'<polyline class="memory" points="{memory}"/>'
        f'<polyline class="cpu" points="{cpu}"/></svg></div>'
        f'<p class="axis quiet"><span>{_span()} ago</span><span>now</span></p>'
    )


def _span() -> str:
    seconds = KEPT * INTERVAL
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _points(shares: list[float | None]) -> str:
    """The corners of a line that ends at the right edge."""
    step = WIDTH / (KEPT - 1)
    start = WIDTH - step * (len(shares) - 1)
    known = [
        (start + index * step, share) for index, share in enumerate(shares) if share is not None
    ]
    return " ".join(f"{x:.1f},{HEIGHT * (1 - share):.1f}" for x, share in known)


def progress(search: Search) -> str:
    return (
        f'<p class="status"><span class="spinner"></span>'
        f"Searching {safe(str(search.folder))} … {search.seen:,} files so far</p>"
    )


def _path(path: str) -> str:
    """A path of which the folder is cut short first when the page is narrow."""
    folder, name = os.path.split(path)
    start = f"<span>{safe(folder + os.sep)}</span>" if folder else ""
    return f'<div class="path">{start}<b>{safe(name)}</b></div>'


def failure(error: OSError, folder: str) -> str:
    """Why a folder cannot be searched."""
    reason = {
        FileNotFoundError: "There is no such folder",
        NotADirectoryError: "This is a file, not a folder",
        PermissionError: "This folder may not be read",
    }.get(type(error), "This folder cannot be read")
    return f'<p class="status error">{reason}: {safe(folder)}</p>'


def note(text: str) -> str:
    return f'<p class="status">{safe(text)}</p>'


def results(search: Search, found: Found, seconds: float) -> str:
    """The table of files."""
    summary = f"{search.seen:,} files in {search.folder}, {seconds:.1f} s"
    if search.skipped:
        summary += f", {search.skipped:,} folders could not be read"
    if not found:
        return note(f"No files: {summary}")
    top = max(found[0][0], 1)
    rows = "".join(
        f'<tr><td title="{safe(path)}">{_path(path)}</td>'
        f'<td class="bar"><div style="width:{length / top * 100:.1f}%"></div></td>'
        f'<td class="size">{size(length)}</td></tr>'
        for length, path in found
    )
    return f"{note(summary)}<table><tbody>{rows}</tbody></table>"
