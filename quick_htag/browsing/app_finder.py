"""Which apps a Python file holds, found by reading it: nothing of it ever runs here. Pure."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

HTAG1, HTAG2, EITHER = 1, 2, 0

_PACKAGES: Final = ("htag", "htagweb", "quick_htag")  # whose classes have a run() that serves
_SERVES: Final = frozenset(("create_server", "serve_forever"))
_Scope = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class FoundApp:
    """A class that can be an app.

    Attributes:
        name: of the class.
        line: where it begins.
        about: the first line of its docstring; empty: it has none.
        major: the generation of htag it is written for; 0: cannot be told from the file.
        part: with htag 1 every tag is an app; it is one of those that are rather parts of one.

    """

    name: str
    line: int
    about: str = ""
    major: int = EITHER
    part: bool = False


@dataclass(frozen=True)
class FileReport:
    """What a Python file says without being run.

    Attributes:
        found: its classes that can be apps, in their order.
        names: what it binds at its top.
        serves_at: line where importing it starts a server; 0: it does not.
        program: it has a part that starts a server, or that runs as a script only.
        error: what Python does not understand; empty: nothing.
        error_line: where.

    """

    found: tuple[FoundApp, ...] = ()
    names: frozenset[str] = frozenset()
    serves_at: int = 0
    program: bool = False
    error: str = ""
    error_line: int = 0

    def apps(self, major: int) -> list[FoundApp]:
        """The apps for a generation of htag; parts only where there is nothing else."""
        whole = [app for app in self.found if not app.part] or self.found
        return [app for app in whole if app.major in (EITHER, major)]

    def foreign(self, major: int) -> list[FoundApp]:
        """Apps for the other generation, where there is none for this one."""
        if self.apps(major):
            return []
        return [app for app in self.found if not app.part]


def read_source(source: bytes | str) -> FileReport:
    """What the text of a Python file says."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes, say: the file is not ours
            tree = ast.parse(source)
    except SyntaxError as error:
        return FileReport(error=error.msg or "invalid syntax", error_line=error.lineno or 0)
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; nested too deeply
        return FileReport(error=str(error) or "too deeply nested")
    return _Reading(tree).report()


class _Reading:
    """One file.

    Args:
        tree: of the file.

    """

    def __init__(self, tree: ast.Module) -> None:
        self._top = list(_statements(tree.body))
        self._origins = dict(_imported(self._top))
        self._aliases = {
            target.id: node.value
            for node in self._top
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._functions = {
            node.name: node
            for node in self._top
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }

    def report(self) -> FileReport:
        nodes = list(_running(self._top))
        runners = dict(self._runners(nodes))
        at = [
            node.lineno
            for node in nodes
            if isinstance(node, ast.Call) and self._serves(node, runners, deep=True)
        ]
        return FileReport(
            found=tuple(self._apps()),
            names=frozenset(self._bound()),
            serves_at=min(at, default=0),
            program=bool(at) or self._is_program(),
        )

    # -- apps --------------------------------------------------------------------------------------

    def _apps(self) -> Iterator[FoundApp]:
        kinds: dict[str, str] = {}
        for node in self._top:
            if not isinstance(node, ast.ClassDef):
                continue
            kind = kinds[node.name] = self._kind(node, kinds)
            app = _of_kind(node, kind)
            if app is not None and not node.name.startswith("_"):
                yield app

    def _kind(self, node: ast.ClassDef, kinds: dict[str, str]) -> str:
        """The best that its bases say: "app2", "body", "either", "tag", "unknown" or nothing."""
        of_bases = {kinds.get(ast.unparse(base)) or self._of_base(base) for base in node.bases}
        order = ("app2", "body", "either", "tag", "unknown")
        return next((kind for kind in order if kind in of_bases), "")

    def _of_base(self, base: ast.expr) -> str:
        if not isinstance(base, (ast.Name, ast.Attribute)):
            return "either" if self._mentions_htag(base) else ""  # chosen when it runs
        dotted = ast.unparse(base).split(".")
        other = self._aliases.get(dotted[0]) if len(dotted) == 1 else None
        if other is not None and not isinstance(other, ast.Name):  # a name may lead in circles
            return self._of_base(other)
        origin = self._origins.get(dotted[0])
        if origin is None:
            return ""
        parts = [*origin.split("."), *dotted[1:]]
        if parts[0] != "htag":
            return "unknown"
        if "Tag" not in parts:
            return "app2" if parts[-1] == "App" else ""
        after = parts[parts.index("Tag") + 1 :]
        return {"App": "app2", "body": "body"}.get(after[0], "tag") if after else "tag"

    def _mentions_htag(self, value: ast.expr) -> bool:
        names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
        return any(self._origins.get(name, "").startswith("htag.") for name in names)

    def _bound(self) -> Iterator[str]:
        yield from self._origins
        for node in self._top:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield node.name
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from (one.id for one in targets if isinstance(one, ast.Name))

    # -- servers -----------------------------------------------------------------------------------

    def _runners(self, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, bool]]:
        """Names of variables that hold something that can serve."""
        for node in nodes:
            if isinstance(node, ast.Assign) and self._is_ours(node.value):
                yield from ((one.id, True) for one in node.targets if isinstance(one, ast.Name))

    def _is_ours(self, value: ast.expr) -> bool:
        if not isinstance(value, ast.Call):
            return False
        origin = self._origins.get(ast.unparse(value.func).partition(".")[0], "")
        return origin.partition(".")[0] in _PACKAGES

    def _serves(self, node: ast.AST, runners: dict[str, bool], *, deep: bool) -> bool:
        """Whether a node is a call that starts a server, or of a function here that does."""
        if not isinstance(node, ast.Call):
            return False
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        if isinstance(function, ast.Name):
            name = function.id
            if deep and name in self._functions:
                return any(
                    self._serves(inner, runners, deep=False)
                    for inner in ast.walk(self._functions[name])
                )
        if name == "run" and isinstance(function, ast.Attribute):
            owner = function.value
            return self._is_ours(owner) or (isinstance(owner, ast.Name) and owner.id in runners)
        return name in _SERVES

    def _is_program(self) -> bool:
        """Whether a part of it is for running it as a script."""
        return any(isinstance(node, ast.If) and _is_guard(node) for node in self._top)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements at the top of a file, those in ``if``, ``try`` and ``with`` too."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)) and not _is_guard(node):
            inner = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt)]
            for handler in getattr(node, "handlers", ()):
                inner += handler.body
            yield from _statements(inner)


def _is_guard(node: ast.stmt) -> bool:
    """Whether it is ``if __name__ == "__main__"``."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _running(top: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """What runs when the file is imported."""
    for statement in top:
        if isinstance(statement, _Scope) or _is_guard(statement):
            continue
        pending: list[ast.AST] = [statement]
        while pending:
            node = pending.pop()
            yield node
            pending += [
                inner
                for inner in ast.iter_child_nodes(node)
                if not isinstance(inner, _Scope) and not (_is_inner_guard(inner))
            ]


def _is_inner_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and _is_guard(node)


def _imported(top: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Local names and where they come from."""
    for node in top:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                yield name, alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                if alias.name == "*" and module == "htag":
                    yield "Tag", "htag.Tag"
                elif alias.name != "*":
                    yield alias.asname or alias.name, f"{module}.{alias.name}"


def _of_kind(node: ast.ClassDef, kind: str) -> FoundApp | None:
    about = (ast.get_docstring(node) or "").partition("\n")[0]
    if kind == "app2":
        return FoundApp(node.name, node.lineno, about, HTAG2)
    if kind in ("body", "tag"):
        part = kind == "tag" and node.name != "App"
        return FoundApp(node.name, node.lineno, about, HTAG1, part)
    if kind == "either" or (kind == "unknown" and node.name == "App"):
        return FoundApp(node.name, node.lineno, about)
    return None
