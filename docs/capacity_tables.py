"""The directive ``capacity-table``: the tables of ``capacity.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import capacity
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


class CapacityTable(SphinxDirective):
    """``.. capacity-table:: measured``, or ``held``."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """The table."""
        lines = capacity.tables()[("measured", "held").index(self.arguments[0])]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls it."""
    app.add_directive("capacity-table", CapacityTable)
    return {"parallel_read_safe": True}
