"""The directive ``option-table``: options of the code as tables, none of them written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import option_lists
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

LISTS = {
    "Settings": option_lists.settings,
    "create_server": lambda: [
        option_lists.Group("", option_lists.signature("server.py", "QuickServer", "__init__"))
    ],
    "bind_htag": lambda: [
        option_lists.Group("", option_lists.signature("gui_methods.py", "", "bind_htag"))
    ],
}


class OptionTable(SphinxDirective):
    """``.. option-table:: Settings``, or the name of a function that takes options."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """The headings and tables."""
        lines: list[str] = []
        for group in LISTS[self.arguments[0]]():
            if group.title:
                title = group.title[0].upper() + group.title[1:]
                lines += [title, "~" * len(title), ""]
            lines += [*_table(group.options), ""]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def _table(options: list[option_lists.Option]) -> list[str]:
    with_unit = any(option.unit for option in options)
    titles = ["name", *(["unit"] if with_unit else []), "default", "meaning"]
    lines = [".. list-table::", "   :header-rows: 1", "   :class: options", ""]
    lines += _row(titles)
    for name, unit, default, meaning in options:
        value = f"``{default}``" if default else "required"
        lines += _row([f"``{name}``", *([unit] if with_unit else []), value, meaning])
    return lines


def _row(cells: list[str]) -> list[str]:
    return [f"   {'* -' if index == 0 else '  -'} {cell}" for index, cell in enumerate(cells)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("option-table", OptionTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
