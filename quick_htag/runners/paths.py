"""Paths as Starlette writes them: ``/users/{name}``, ``/rows/{number:int}``, ``/{rest:path}``.

A path fits as a whole, decoded, with or without a slash at its end.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from ..errors import ConfigurationError
from .path_match import REST, SEGMENT, Parameter, Pieces, is_ambiguous, match


class Convertor(NamedTuple):
    """One kind of parameter: which text fits, and what becomes of it."""

    regex: str
    convert: Callable[[str], Any]


_CONVERTORS: Final = {
    "str": Convertor(SEGMENT, str),
    "path": Convertor(REST, str),
    "int": Convertor("[0-9]{1,18}", int),
    "float": Convertor(r"[0-9]{1,18}(?:\.[0-9]{1,18})?", float),
    "uuid": Convertor("[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", uuid.UUID),
}
_PARAMETER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")


class PathPattern:
    """One such path, taken apart.

    Args:
        path: what was written.

    Raises:
        ConfigurationError: it does not start with "/", or a parameter in it is of no known kind,
            has no name, or one that is there already.

    """

    __slots__ = ("_ambiguous", "_convertors", "_pieces", "_regex", "path")

    def __init__(self, path: str) -> None:
        if not path.startswith("/"):
            raise ConfigurationError(f"the path {path!r} must start with '/'")
        self.path = path
        self._convertors: dict[str, Convertor] = {}
        pieces: Pieces = []
        end = 0
        for found in _PARAMETER.finditer(path):
            pieces.append(self._literal(path[end : found.start()]))
            pieces.append(self._parameter(found[1], found[2] or "str"))
            end = found.end()
        pieces.append(self._literal(path[end:].rstrip("/")))
        self._pieces = pieces
        self._ambiguous = is_ambiguous(pieces)
        self._regex = re.compile("".join(map(_regex, pieces)) + "/?", re.DOTALL)

    def _literal(self, text: str) -> str:
        if "{" in text or "}" in text:
            raise ConfigurationError(f"the braces in the path {self.path!r} do not match")
        return text

    def _parameter(self, name: str, kind: str) -> Parameter:
        convertor = _CONVERTORS.get(kind)
        if convertor is None:
            known = ", ".join(_CONVERTORS)
            raise ConfigurationError(f"{{{name}:{kind}}} in {self.path!r}: the kinds are {known}")
        if not name.isidentifier() or name in self._convertors:
            raise ConfigurationError(f"every {{name}} in {self.path!r} needs a name of its own")
        self._convertors[name] = convertor
        return Parameter(name, convertor.regex)

    def match(self, path: str) -> dict[str, Any] | None:
        """The parameters in a decoded path; None: it does not fit."""
        texts = self._texts(path)
        if texts is None:
            return None
        return {name: self._convertors[name].convert(text) for name, text in texts.items()}

    def _texts(self, path: str) -> dict[str, str] | None:
        if self._ambiguous:
            return match(self._pieces, path)
        found = self._regex.fullmatch(path)
        return None if found is None else found.groupdict()

    def fill(self, values: dict[str, Any]) -> str:
        """The path with these parameters in it, encoded.

        Raises:
            ConfigurationError: the parameters are not those of the path.

        """
        if values.keys() != self._convertors.keys():
            wanted = ", ".join(self._convertors) or "none"
            raise ConfigurationError(f"the parameters of {self.path!r} are: {wanted}")
        return _PARAMETER.sub(lambda found: quote(str(values[found[1]])), self.path)


def _regex(piece: str | Parameter) -> str:
    return re.escape(piece) if isinstance(piece, str) else f"(?P<{piece.name}>{piece.regex})"
