"""Messages of a websocket, put together from the frames they come in (RFC 6455 section 5.4)."""

from __future__ import annotations

import codecs
from typing import Any, Final

CONTINUATION, TEXT, BINARY, CLOSE = 0x0, 0x1, 0x2, 0x8  # RFC 6455 section 5.2

_UTF8: Final = codecs.getincrementaldecoder("utf-8")


class Assembly:
    """The message under way. The library has checked order and size of the frames."""

    def __init__(self) -> None:
        self._text = False
        self._decoder: codecs.IncrementalDecoder | None = None  # of a text in pieces
        self._data = bytearray()

    def add(self, frame: Any) -> str | bytes | None:
        """The message that is complete with this frame; None: it is not, or is no message.

        Raises:
            UnicodeDecodeError: a text is no UTF-8; told with the first piece that cannot be.

        """
        if frame.opcode in (TEXT, BINARY):
            self._text = frame.opcode == TEXT
            if frame.fin:  # nearly always: a message in one frame
                return str(frame.data, "utf-8") if self._text else bytes(frame.data)
            self._decoder = _UTF8() if self._text else None
        elif frame.opcode != CONTINUATION:
            return None
        if self._decoder is not None:
            self._decoder.decode(frame.data, frame.fin)  # to check it: many small texts take room
        self._data += frame.data
        if not frame.fin:
            return None
        data, self._data = self._data, bytearray()
        return str(data, "utf-8") if self._text else bytes(data)
