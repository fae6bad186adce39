"""Which files may be served at all: a white and a black list of shell patterns."""

from __future__ import annotations

import fnmatch
import os
import re
import threading
from collections.abc import Sequence
from typing import Final

from .errors import ConfigurationError

# fmt: off
DEFAULT_WHITE_LIST: Final = (
    "*.css", "*.csv", "*.eot", "*.gif", "*.htm", "*.html", "*.ico", "*.jpeg", "*.jpg", "*.js",
    "*.json", "*.md", "*.otf", "*.pdf", "*.png", "*.svg", "*.tsv", "*.ttf", "*.txt", "*.woff",
    "*.woff2",
)
# fmt: on

_ENDING = re.compile(r"\*[^*?\[]+")


class _PatternList:
    """Patterns as one test; immutable.

    Most of them are "*" and an ending, which needs no regular expression.
    """

    def __init__(self, patterns: tuple[str, ...] = ()) -> None:
        self.patterns = patterns
        self._endings = tuple(one[1:] for one in patterns if _ENDING.fullmatch(one))
        rest = [fnmatch.translate(one) for one in patterns if not _ENDING.fullmatch(one)]
        self._rest = re.compile("|".join(rest)) if rest else None

    def match(self, path: str) -> bool:
        """Whether a folded path, or the name at its end, matches one of the patterns."""
        if path.endswith(self._endings):
            return True
        rest = self._rest
        if rest is None:
            return False
        return bool(rest.match(path) or rest.match(path.rpartition("/")[2]))


class FilePatterns:
    """The two lists of one application. Everything may be called on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # one writer at a time; the lists are replaced as a whole
        self._white = _PatternList()
        self._black = _PatternList()

    def add(self, patterns: Sequence[str], blacklist: bool) -> None:
        """Serve only, or never, files whose path or name matches one of the patterns.

        Args:
            patterns: shell patterns, compared without case; "*" crosses "/".
            blacklist: never serve them; it outweighs the white list.

        Raises:
            ConfigurationError: one string instead of a list of them.

        """
        if isinstance(patterns, str):
            raise ConfigurationError(f"give a list of patterns, such as [{patterns!r}]")
        added = tuple(_fold(pattern) for pattern in patterns)
        with self._lock:
            if blacklist:
                self._black = _PatternList(self._black.patterns + added)
            else:
                self._white = _PatternList(self._white.patterns + added)

    def allows(self, path: str) -> bool:
        """Whether the file at an absolute path may be served."""
        black, white = self._black, self._white
        if not black.patterns and not white.patterns:
            return True
        folded = _fold(path)
        if black.patterns and black.match(folded):
            return False
        return not white.patterns or white.match(folded)

    def refuses(self, path: str) -> bool:
        """Whether the black list names the file at an absolute path."""
        return bool(self._black.patterns) and self._black.match(_fold(path))


def _fold(path: str) -> str:
    return (path.replace(os.sep, "/") if os.sep != "/" else path).casefold()
