"""Finds the JavaScript files, in a wheel or in a checkout, and makes classic scripts of them.

The files in ``js/`` are ES modules, shipped as written. A page of htag gets its client as one
inline classic script, because it must run before the scripts of the page. ``classic_bundle``
derives it: each module becomes a function with its own scope, called once, that returns its
exports. ``module_bundle`` makes one module of several, for who wants a single file. They know just
the forms used in ``js/``, each on a line of its own:

    import { name, other } from "./file.js";
    export const name = ...     export function name(...)     export async function name(...)
    export class Name ...         export { name, other };

Any other form, a name that is not exported and a circle of imports are refused.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from typing import Protocol

from .errors import ConfigurationError


class Folder(Protocol):
    """What is used of ``importlib.resources.abc.Traversable``, and of ``pathlib.Path``."""

    def joinpath(self, name: str, /) -> Folder:
        """The file of that name."""

    def is_file(self) -> bool:
        """Whether it is there."""

    def read_text(self, encoding: str) -> str:
        """What it holds."""


class _Place:
    """A ``Folder`` by its path; ``pathlib`` costs the first page 0.6 ms, and reads slower."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __str__(self) -> str:
        return self._path

    def joinpath(self, name: str, /) -> _Place:
        return _Place(os.path.join(self._path, name))

    def is_file(self) -> bool:
        return os.path.isfile(self._path)  # noqa: PTH113

    def read_text(self, encoding: str) -> str:
        with open(self._path, "rb", buffering=0) as file:  # noqa: PTH123
            return file.read().decode(encoding).replace("\r\n", "\n")


_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.js")
_PACKAGE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100
_CHECKOUT = os.path.dirname(_PACKAGE)
_COMMENT = re.compile(r"\s*(//|/\*(?!.*\*/\s*\S)|\*(?!/\s*\S))")  # with nothing after it
_STATEMENT = re.compile(r"(.*\*/)?\s*(import|export)\b|.*\bimport\s*[(.]")
_IMPORT = re.compile(r'import \{ ([\w$]+(?:, [\w$]+)*),? \} from "\./([^"/]+)";\s*')
_EXPORT_NAMES = re.compile(r"export \{ ([\w$]+(?:, [\w$]+)*),? \};\s*")
_EXPORT = re.compile(r"export ((?:const|class|function|async function) ([\w$]+)\b.*)")


def asset_path(name: str) -> str:
    """The path of a file that comes with this package; any thread.

    Args:
        name: a script of ``js/``, with or without that folder before it, or another file, relative
            to the package.

    Raises:
        ConfigurationError: there is no such file, or the package lies in an archive.

    """
    script = name.removeprefix("js/")
    if _FILE_NAME.fullmatch(script):
        _read(_js_folder(), script)  # says what is wrong
        path = str(_js_folder().joinpath(script))
    else:
        path = os.path.join(_PACKAGE, *name.split("/"))
    if not os.path.isfile(path):  # noqa: PTH113
        folder = os.path.dirname(path)
        raise ConfigurationError(f"quick_htag comes without a file {name!r} in {folder}")
    return path


@functools.cache  # the files do not change under a running server
def classic_bundle(entry: str) -> str:
    """One classic script made of a module and everything it imports; any thread.

    It can stand inside a ``<script>`` element.

    Args:
        entry: the name of a file of ``js/``.

    Raises:
        ConfigurationError: a file is missing, or has a form that is not known here.

    """
    return bundle(_js_folder(), entry)


@functools.cache
def module_bundle(entry: str) -> str:
    """One ES module made in the same way; it exports what the entry exports. Any thread.

    Args:
        entry: the name of a file of ``js/``.

    Raises:
        ConfigurationError: a file is missing, or has a form that is not known here.

    """
    return bundle(_js_folder(), entry, module=True)


def locate(packaged: Folder, checkout: Folder) -> Folder:
    """The first folder that holds our files.

    Raises:
        ConfigurationError: neither does.

    """
    for folder in (packaged, checkout):
        if folder.joinpath("transport.js").is_file():
            return folder
    raise ConfigurationError(
        f"the JavaScript files of quick_htag are missing: neither {packaged} nor {checkout} has "
        "transport.js; install quick_htag again"
    )


def bundle(folder: Folder, entry: str, *, module: bool = False) -> str:
    """As ``classic_bundle`` or ``module_bundle``, from the files of a given folder, not cached."""
    modules = _Modules(folder)
    exports = ", ".join(modules.add(entry) or ())
    if module:
        last = f'export const {{ {exports} }} = modules["{entry}"];' if exports else ""
        text = "\n".join(["const modules = {};", *modules.parts, last])
    else:
        head = '(function () {\n"use strict";\nconst modules = {};'
        text = "\n".join([head, *modules.parts, "})();"])
    if "<!--" in text:
        raise ConfigurationError(f'"<!--" in {entry} or a file it imports would hide "</script>"')
    if "</s" not in text and "</S" not in text:
        return text
    # only strings can contain it, and there \/ means /
    return re.sub("</(?=script)", r"<\\/", text, flags=re.IGNORECASE)


@functools.cache
def _js_folder() -> Folder:
    packaged, checkout = _Place(_PACKAGE).joinpath("js"), _Place(_CHECKOUT).joinpath("js")
    if os.path.isdir(_PACKAGE):  # noqa: PTH112
        return locate(packaged, checkout)
    # In an archive. It loads zipfile and more, which takes 9 ms, so this comes second.
    from importlib import resources

    return locate(resources.files(__package__) / "js", checkout)


def _read(folder: Folder, name: str) -> str:
    file = folder.joinpath(name) if _FILE_NAME.fullmatch(name) else None
    if file is None or not file.is_file():
        raise ConfigurationError(f"{name!r} is no JavaScript file of quick_htag in {folder}")
    return file.read_text(encoding="utf-8")


class _Modules:
    """The modules of one bundle, in the order in which they must run."""

    def __init__(self, folder: Folder) -> None:
        self.parts: list[str] = []
        self._folder = folder
        self._exports: dict[str, list[str] | None] = {}  # by file; None: being read

    def add(self, name: str) -> list[str] | None:
        """Put a module and what it imports at the end, unless they are there already.

        Returns:
            the names it exports; None: it is being read, for somebody it imports.

        """
        if name in self._exports:
            return self._exports[name]
        self._exports[name] = None
        exports: list[str] = []
        body = "".join(self._pieces(name, exports))
        self._exports[name] = exports
        self.parts.append(
            f'modules["{name}"] = (function () {{ // {name}\n{body}\n'
            f"return {{ {', '.join(exports)} }};\n}})();"
        )
        return exports

    def _pieces(self, name: str, exports: list[str]) -> Iterator[str]:
        """The text of a file, with its lines of import and export as a function needs them."""
        text, done = _read(self._folder, name) + "\n", 0
        # few lines have either word; to look at each of all takes four times as long
        while (found := text.find("port", done)) >= 0:
            begin, end = text.rfind("\n", 0, found) + 1, text.find("\n", found)
            line = text[begin:end]
            yield text[done:begin]
            if _COMMENT.match(line) or not _STATEMENT.match(line):
                yield line
            else:
                where = f"{name}, line {text.count(chr(10), 0, begin) + 1}"
                yield self._statement(where, line, exports)
            done = end
        yield text[done:-1]

    def _statement(self, where: str, line: str, exports: list[str]) -> str:
        if imported := _IMPORT.fullmatch(line):
            return self._import(where, imported[1], imported[2])
        if named := _EXPORT_NAMES.fullmatch(line):
            exports.extend(named[1].split(", "))
            return ""
        if exported := _EXPORT.fullmatch(line):
            exports.append(exported[2])
            return exported[1]
        raise ConfigurationError(f"{where}: a form of import or export not known: {line}")

    def _import(self, where: str, names: str, source: str) -> str:
        exports = self.add(source)
        if exports is None:
            raise ConfigurationError(f"{where}: the import of {source} closes a circle")
        for name in names.split(", "):
            if name not in exports:
                raise ConfigurationError(f"{where}: {source} does not export {name}")
        return f'const {{ {names} }} = modules["{source}"];'
