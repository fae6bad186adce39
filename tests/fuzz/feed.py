"""Takes values out of bytes, so that a fuzzer that mutates bytes mutates values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Feed:
    """Bytes that are taken from the front; when they are used up, zeros and nothing come."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def byte(self) -> int:
        """0 to 255."""
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def number(self, most: int) -> int:
        """0 to ``most``."""
        value = self.byte()
        if most > 255:
            value = value << 8 | self.byte()
        return value % (most + 1)

    def flag(self) -> bool:
        """Yes or no."""
        return bool(self.byte() & 1)

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[self.byte() % len(choices)]

    def raw(self, most: int = 65535) -> bytes:
        """Some bytes."""
        size = self.number(most)
        piece = self._data[self._at : self._at + size]
        self._at += size
        return piece

    def text(self, most: int = 255) -> str:
        """Some text: as UTF-8, also with lone surrogates in it, or each byte a character."""
        piece = self.raw(most)
        return piece.decode("utf-8", "surrogateescape") if self.flag() else piece.decode("latin-1")

    def field(self, most: int = 255) -> str:
        """The value of a header field, as the parser of requests lets it through."""
        return "".join(
            c for c in self.raw(most).decode("latin-1") if c == "\t" or c >= " "
        ).replace("\x7f", "")

    def numbers(self, most: int = 8) -> list[int]:
        """A few numbers below 65536."""
        return [self.number(65535) for _ in range(self.number(most))]

    def rest(self) -> bytes:
        """All that is left."""
        piece = self._data[self._at :]
        self._at = len(self._data)
        return piece
