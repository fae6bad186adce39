"""Collects the body of one request off its connection, by its length or its chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .body_store import BodyStore

if TYPE_CHECKING:
    from .chunked import ChunkedDecoder
    from .pace import Pace


class BodyReader(BodyStore):
    """One request body on its way. Used by one thread at a time.

    Args:
        length: its size in bytes; None: chunked coding tells the end.
        limit: more bytes than this are refused.
        memory: more bytes than this go to a temporary file.
        started: monotonic time from which its duration counts.
        wanted: more bytes than this nobody looks at; None: ``limit``.

    Attributes:
        wanted: see above.
        pace: its time limit, once it had to be waited for.

    """

    def __init__(
        self,
        length: int | None,
        limit: int,
        memory: int,
        started: float = 0.0,
        wanted: int | None = None,
    ) -> None:
        super().__init__(limit, memory)
        self.wanted = limit if wanted is None else wanted
        self.pace: Pace | None = None
        self.started = started
        self._length = length
        self._decoder: ChunkedDecoder | None = None
        if length is None:
            from .chunked import ChunkedDecoder

            self._decoder = ChunkedDecoder()

    def feed(self, buffer: bytearray) -> bool:
        """Take what belongs to the body out of ``buffer``; True when the body is complete.

        Raises:
            ProtocolError: malformed chunked coding, 413 when a chunked body is too large, or 507
                when it cannot be stored.

        """
        if self._decoder is not None:
            self.store(self._decoder.feed(buffer))
            complete = self._decoder.done
        else:
            assert self._length is not None
            piece = bytes(buffer[: self._length - self.received])
            del buffer[: len(piece)]
            self.store(piece)
            complete = self.received == self._length
        self.tell()
        return complete
