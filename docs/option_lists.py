"""Reads names, units, defaults and meanings of options from the source, where they are written.

No import of what is read, so that a build shows what the checkout says.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parent.parent / "quick_htag"
HEADING = re.compile(r"\s+# -- (.+?) -+$")
FIELD = re.compile(r"    (\w+): ([^=#]+?) = ([^#]+?)(?:\s+# (.+))?$")


class Option(NamedTuple):
    """One line of a table."""

    name: str
    unit: str
    default: str
    meaning: str


class Group(NamedTuple):
    """Options under one heading of the source."""

    title: str
    options: list[Option]


def settings() -> list[Group]:
    """The fields of ``Settings`` under the headings that their file has."""
    groups: list[Group] = []
    source = (PACKAGE / "settings.py").read_text(encoding="utf-8")
    body = source.split("class Settings:")[1].split("    def ")[0]
    for line in body.splitlines():
        if found := HEADING.match(line):
            groups.append(Group(found[1], []))
        elif found := FIELD.match(line):
            name, kind, default, comment = found.groups()
            text = (comment or "").strip()
            unit = _unit(kind, default, text)
            value = _readable(default, "Mi" if unit == "characters" else "MiB")
            groups[-1].options.append(Option(name, unit, value, _sentence(text)))
    return groups


def _unit(kind: str, default: str, comment: str) -> str:
    if found := re.search(r"\b(\w+) a second\b", comment):
        return f"{found[1]} a second"
    if comment.startswith("characters"):
        return "characters"
    if "KIB" in default or "MIB" in default:
        return "bytes"
    return {"float": "seconds", "int": "number", "bool": "yes or no", "str": "text"}[
        kind.split(" ")[0]
    ]


def _readable(default: str, mib: str) -> str:
    default = default.replace(" * MIB", f" {mib}").replace(" * KIB", " KiB")
    default = default.replace("24 * 3600.0", "86400")
    return re.sub(r"^([\d_]+)\.0$", r"\1", default).replace("_", "")


def _sentence(text: str) -> str:
    return re.sub(r"``docs/(\w+)\.rst``", r":doc:`\1`", text.removeprefix("characters; "))


def signature(file: str, owner: str, function: str) -> list[Option]:
    """The arguments of a method, with the texts of ``Args:`` in the docstring of ``owner``.

    ``owner`` is the class whose docstring describes them, "" for the docstring of the method.
    """
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    method = _find(tree, function, ast.FunctionDef)
    described = _find(tree, owner, ast.ClassDef) if owner else method
    meanings = _section(ast.get_docstring(described) or "", "Args")
    return [
        Option(name, _said_unit(meanings[name]), default, meanings[name])
        for name, default in _arguments(method)
    ]


def _find(tree: ast.AST, name: str, kind: type) -> ast.FunctionDef | ast.ClassDef:
    for node in ast.walk(tree):
        if isinstance(node, kind) and node.name == name:
            return node
    raise LookupError(f"there is no {name}")


def _arguments(method: ast.FunctionDef) -> list[tuple[str, str]]:
    plain = [arg.arg for arg in method.args.args if arg.arg != "self"]
    values = [ast.unparse(value) for value in method.args.defaults]
    named = zip(plain, [""] * (len(plain) - len(values)) + values, strict=True)
    only = zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True)
    return [*named, *((arg.arg, ast.unparse(value) if value else "") for arg, value in only)]


def _section(docstring: str, title: str) -> dict[str, str]:
    """Name and text of each entry below ``title:``."""
    text = docstring.split(f"{title}:\n", 1)[1].split("\n\n", 1)[0]
    entries = re.split(r"^    (\w+): ", text, flags=re.MULTILINE)[1:]
    return {
        name: _sentence(re.sub(r"\s+", " ", meaning).strip())
        for name, meaning in zip(entries[::2], entries[1::2], strict=True)
    }


def _said_unit(meaning: str) -> str:
    return "seconds" if re.search(r"\bseconds\b", meaning) else ""
