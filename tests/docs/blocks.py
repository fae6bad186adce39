"""The blocks of a page: what is code says its language, what only its test needs is a comment.

``.. setup`` and ``.. check`` begin comments whose Python runs between blocks; ``.. script x.py``
says that the next block is a program of that name. ``htag 1`` or ``htag 2`` behind one of these is
a condition; a block in which an app of one generation is written has it by itself.
"""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.rst", *sorted((ROOT / "docs").glob("*.rst"))]

_BEGIN = re.compile(
    r"\.\. (?:code-block:: (?P<language>\w+)|(?P<word>setup|check|script)\b(?P<more>.*))$"
)
_LITERAL = re.compile(r"(?!\.\. ).*::$")
_OPTION = re.compile(r"\s+:(\w+): (.+)$")


class Block(NamedTuple):
    """Some code of a page."""

    kind: str  # "setup", "check", a language, or "" when there is none
    line: int  # of its first line in the page, from 1
    source: str
    caption: str = ""
    major: int = 0  # of htag; 0: any
    script: str = ""  # the file of a program of its own; empty: it is none that has a name

    @property
    def is_script(self) -> bool:
        """Whether it serves until somebody ends it."""
        return self.kind == "python" and (bool(self.script) or _serves(ast.parse(self.source)))


def read(path: Path) -> list[Block]:
    """The blocks of a page in their order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found: list[Block] = []
    number, script = 0, ""
    while number < len(lines):
        text = lines[number]
        number += 1
        begin = _BEGIN.match(text.strip())
        if begin is None and not _LITERAL.match(text.strip()):
            continue
        indent = len(text) - len(text.lstrip())
        number, block = _body(lines, number, indent, begin)
        if begin is not None and begin["word"] == "script":
            script = begin["more"].strip()
        elif block.source:
            found.append(block._replace(script=script))
            script = ""
    return found


def _body(
    lines: list[str], number: int, indent: int, begin: re.Match[str] | None
) -> tuple[int, Block]:
    """The number of the line behind a block that begins at ``number``, and the block."""
    options: dict[str, str] = {}
    while number < len(lines) and (option := _OPTION.match(lines[number])):
        options[option[1]] = option[2]
        number += 1
    while number < len(lines) and not lines[number].strip():
        number += 1
    first = number
    while number < len(lines) and (
        not lines[number].strip() or len(lines[number]) - len(lines[number].lstrip()) > indent
    ):
        number += 1
    source = textwrap.dedent("\n".join(lines[first:number])).rstrip() + "\n"
    kind = (begin["language"] or begin["word"]) if begin else ""
    said = re.search(r"htag ([12])", (begin["more"] or "") if begin else "")
    major = int(said[1]) if said else _major(source if kind == "python" else "")
    return number, Block(
        kind, first + 1, source.strip("\n") and source, options.get("caption", ""), major
    )


def _major(source: str) -> int:
    """The generation of htag that the source is written for; 0: it does not matter."""
    if 'hasattr(htag, "State")' in source:  # it asks
        return 0
    if "Tag.App" in source:
        return 2
    return 1 if re.search(r"\(Tag\.\w+\):|self\.bind\.", source) else 0


def _serves(node: ast.AST) -> bool:
    """Whether it calls ``serve_forever`` when it is run, and not in a function that it defines."""
    if isinstance(node, ast.Attribute) and node.attr == "serve_forever":
        return True
    parts = (part for part in ast.iter_child_nodes(node) if not isinstance(part, ast.FunctionDef))
    return any(map(_serves, parts))


def is_python(block: Block) -> bool:
    """Whether a block without a language is code all the same."""
    try:
        tree = ast.parse(block.source)
    except SyntaxError:
        return False
    return any(not isinstance(node, ast.Expr) or _is_call(node.value) for node in tree.body)


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call)
