"""The page of a folder: its apps, its files, and a box that finds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..log_text import format_size
from .folder_reader import Item, sent_as_it_is
from .shell import crumbs, icon, link, shell, text

_ICON: Final = {"apps": "python", "script": "python"}
_SEARCH: Final = (
    '<form role="search"><input type="search" name="q" value="{value}" placeholder="{hint}" '
    'aria-label="{hint}" aria-describedby="found" autocomplete="off"></form>'
)
_SCRIPT: Final = """<script nonce="{nonce}">
const box = document.querySelector("input"), said = document.getElementById("found");
const items = [...document.querySelectorAll("li[data-find]")];
const filter = () => {{
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const item of items) {{
    item.hidden = !words.every((word) => item.dataset.find.includes(word));
    if (!item.hidden) shown += 1;
  }}
  for (const part of document.querySelectorAll("section")) {{
    part.hidden = !part.querySelector("li:not([hidden])");
  }}
  said.textContent = words.length
    ? `${{shown}} here; press Enter to search the folders below too` : "";
}};
box.addEventListener("input", filter);
if (box.value && !box.dataset.searched) filter();
document.addEventListener("keydown", (event) => {{
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...document.querySelectorAll("main li:not([hidden]) a:first-of-type")];
  const at = links.indexOf(document.activeElement);
  const step = {{ ArrowDown: 1, ArrowUp: -1 }}[event.key];
  if (event.key === "/" && document.activeElement !== box) {{
    event.preventDefault();
    box.focus();
    box.select();
  }} else if (event.key === "Escape" && document.activeElement === box && box.value) {{
    event.preventDefault();
    box.value = "";
    filter();
  }} else if (step && links.length) {{
    event.preventDefault();
    (at + step < 0 ? box : links[Math.min(at + step, links.length - 1)]).focus();
  }}
}});
</script>"""


class FolderPage:
    """Writes the pages of one tree of folders. Pure.

    Args:
        root: what the uppermost folder is called.
        major: generation of the installed htag; 0: none is.

    """

    def __init__(self, root: str, major: int) -> None:
        self._root = root
        self._major = major

    def folder(self, parts: Sequence[str], items: Sequence[Item], nonce: str) -> str:
        """The page of a folder.

        Args:
            parts: names that lead to it.
            items: what it holds.
            nonce: lets its script run.

        """
        name = parts[-1] if parts else self._root
        return self._page(name, parts, items, nonce, searched="", note="")

    def found(
        self, parts: Sequence[str], items: Sequence[Item], words: str, whole: bool, nonce: str
    ) -> str:
        """The page with what was searched for.

        Args:
            parts: names that lead to the folder that was searched.
            items: what was found there and below.
            words: what was searched for.
            whole: that is all there is.
            nonce: lets its script run.

        """
        more = "" if whole else " There is more: search for something rarer, or further down."
        note = (
            f'<p class="soft">{len(items)} found for <b>{text(words)}</b>, here and in the folders '
            f'below.{more} <a href="./">Show the folder</a></p>'
        )
        return self._page(f"{words} - search", parts, items, nonce, searched=words, note=note)

    def _page(
        self,
        title: str,
        parts: Sequence[str],
        items: Sequence[Item],
        nonce: str,
        *,
        searched: str,
        note: str,
    ) -> str:
        apps = "".join(_card(item, index) for item in items for index in range(len(item.apps)))
        rows = "".join(self._row(item) for item in items)
        main = note + '<p id="found" class="soft" role="status"></p>'
        if apps:
            main += f'<section><h2>Apps</h2><ul class="cards">{apps}</ul></section>'
        main += f'<section><h2>Files</h2><ul class="files">{rows}</ul></section>' if rows else ""
        if not items and not searched:
            main += '<p class="soft">This folder is empty.</p>'
        if not self._major:
            main += '<p class="wrong">htag is not installed: pip install htag</p>'
        tools = _SEARCH.format(value=text(searched), hint="Search (press /)")
        if searched:
            tools = tools.replace("<input", '<input data-searched="1"')
        script = _SCRIPT.format(nonce=nonce)
        return shell(title, crumbs(self._root, parts), main, tools=tools, script=script)

    # -- rows --------------------------------------------------------------------------------------

    def _row(self, item: Item) -> str:
        said = text(" ".join([item.name, *(app.name for app in item.apps)]).lower())
        name = _ICON.get(item.kind, item.kind)
        return (
            f'<li class="{item.kind}" data-find="{said}">{icon(name)}<div>{_name(item)}'
            f"{self._remark(item)}</div><small>{_size(item)}</small></li>\n"
        )

    def _remark(self, item: Item) -> str:
        """What is to be said of a file beside its name."""
        report = item.report
        if item.kind == "broken":
            at = f"#L{report.error_line}" if report.error_line else ""
            line = f"line {report.error_line}: " if report.error_line else ""
            said = f"{text(line)}{text(report.error)}"
            return f'<a class="wrong" href="{link(item.name)}{at}">{said}</a>'
        if item.kind == "script":
            return (
                f" <small>starts a server of its own in line {report.serves_at}, so it is run by "
                f"<code>python -m quick_htag {text(item.name)}</code></small>"
            )
        if item.apps:
            return f" <small>{text(', '.join(app.name for app in item.apps))}</small>"
        foreign = report.foreign(self._major)
        if foreign and self._major:
            names = ", ".join(app.name for app in foreign)
            other = foreign[0].major
            return (
                f" <small>{text(names)}: for htag {other}, and htag {self._major} is installed"
                "</small>"
            )
        return ""


def _name(item: Item) -> str:
    if item.kind == "other":
        return text(item.name)
    if item.kind == "folder":
        return f'<a href="{link(item.name)}/">{text(item.name)}/</a>'
    as_text = "?source" if item.kind == "text" and sent_as_it_is(item.name) else ""
    shown = f'<a href="{link(item.name)}{as_text}">{text(item.name)}</a>'
    if item.kind == "page" and item.name.lower().endswith((".html", ".htm")):
        shown += f' <small><a href="{link(item.name)}?source">source</a></small>'
    return shown


def _size(item: Item) -> str:
    return "" if item.kind == "folder" else format_size(item.size)


def _card(item: Item, index: int) -> str:
    app = item.apps[index]
    said = text(f"{item.name} {app.name} {app.about}".lower())
    about = f"<small>{text(app.about)}</small>" if app.about else ""
    return (
        f'<li data-find="{said}"><a href="{link(item.name)}/{link(app.name)}">{icon("app")}'
        f"<span><b>{text(app.name)}</b>{about}<small>{text(item.name)}</small></span></a></li>\n"
    )
