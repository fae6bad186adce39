"""One connection to another server: sends a request and reads the answer at the same time."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ..deadline import Clock, monotonic
from ..errors import HTTPError
from .answer_head import AnswerHead, BadAnswer, parse_answer_head
from .waiting import has_ended, shake_hands, wait_for

if TYPE_CHECKING:
    from ..interfaces import Peer

_PIECE: Final = 64 * 1024  # bytes read or sent at once
_MAX_LINE: Final = 4096  # bytes of a chunk size with its extensions, or of a trailer field
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_MAX_INTERIM: Final = 10  # answers of the 1xx kind before the real one
_SLICE: Final = 0.25  # seconds between two looks whether a connection is still wanted
_CONNECTING: Final = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)
_LATER: Final = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class LinkStale(Exception):
    """A kept connection was closed before anything came back; another may do."""


class ClientLeft(HTTPError):
    """Nobody waits for the answer any more."""

    def __init__(self) -> None:
        super().__init__(499, "the client has left")


class Link:
    """A connection in use by one thread at a time; ``abort`` may be called on any.

    Args:
        sock: connected, or to be connected; becomes non-blocking.
        patience: seconds without a byte in either direction.
        clock: the monotonic clock.

    Attributes:
        sock: the socket.
        used: it has answered a request before.
        heard: monotonic time when a byte last went or came.
        idle_since: monotonic time when it was put aside.

    """

    def __init__(self, sock: socket.socket, patience: float, clock: Clock = monotonic) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.used = False
        self.heard = clock()
        self.idle_since = 0.0
        self._aborted = False
        self._patience = patience
        self._clock = clock
        self._peer: Peer | None = None
        self._buffer = bytearray()
        self._unsent = memoryview(b"")
        self._source: Iterator[bytes] = iter(())

    # -- its begin ---------------------------------------------------------------------------------

    def connect(self, address: Any, timeout: float) -> None:
        """Connect the socket.

        Raises:
            HTTPError: 502 it is refused, 503 this server stops, 504 it takes too long.

        """
        deadline = self._clock() + timeout
        error = self.sock.connect_ex(address)
        while error in _CONNECTING:
            # In slices, because no call on all systems wakes a thread that waits for this.
            self._check_aborted()
            left = deadline - self._clock()
            if left <= 0.0:
                raise HTTPError(504, "the server behind this one cannot be reached")
            if wait_for(self.sock, None, min(left, _SLICE), writable=True, readable=False):
                error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            else:  # Windows does not report a failure as writable
                error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or error
        self._check_aborted()
        if error:
            cause = OSError(error, os.strerror(error))
            raise HTTPError(502, "the server behind this one cannot be reached") from cause
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def secure(self, context: ssl.SSLContext, host: str, timeout: float) -> None:
        """Put TLS around the socket and do the handshake.

        Raises:
            HTTPError: 502 the server is not who it must be, 503 ours stops, 504 it is too slow.

        """
        deadline = self._clock() + timeout
        try:
            secured = context.wrap_socket(
                self.sock, server_hostname=host, do_handshake_on_connect=False
            )
            self.sock = secured
            while (writes := shake_hands(secured)) is not None:
                self._check_aborted()
                self._wait(deadline - self._clock(), writable=writes)
        except (OSError, ValueError) as error:  # no valid certificate, no TLS at all, or aborted
            self._check_aborted()
            raise HTTPError(502, "the server behind this one is not who it must be") from error

    # -- a request and its answer ------------------------------------------------------------------

    def exchange(
        self, method: str, head: bytes, body: Iterator[bytes], peer: Peer | None
    ) -> AnswerHead:
        """Send a request until its answer begins; reading that goes on sending.

        Raises:
            LinkStale: a used connection ended before anything came.
            HTTPError: 502 no answer that makes sense, 504 none in time, 499 the client left, 503
                this server stops.

        """
        self._peer = peer
        self.heard = self._clock()
        self._unsent, self._source = memoryview(head), body
        self._send()  # an answer has no meaning before
        for _ in range(_MAX_INTERIM):
            found = self._read_head(method)
            if found.status >= 200 or found.status == 101:
                return found
        raise HTTPError(502, "the server behind this one has no final answer")

    def _read_head(self, method: str) -> AnswerHead:
        while True:
            try:
                parsed = parse_answer_head(self._buffer, method)
            except BadAnswer as error:
                raise HTTPError(502, "the server behind this one answers nonsense") from error
            if parsed is not None:
                del self._buffer[: parsed[1]]
                return parsed[0]
            if not self._more(progress=not self._buffer):
                self._check_aborted()
                if self.used and not self._buffer:
                    raise LinkStale
                raise HTTPError(502, "the server behind this one gave no answer")

    def body(self, head: AnswerHead) -> Iterator[bytes]:
        """The body as it arrives.

        Raises:
            HTTPError: as in ``exchange``; the client sees a broken connection then.

        """
        if head.chunked:
            return self._chunks()
        if head.length is None:
            return self._until_end()
        return self._counted(head.length)

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self._take(left)
            left -= len(piece)
            yield piece

    def _until_end(self) -> Iterator[bytes]:
        while self._buffer or self._more():
            yield self._take(_PIECE)

    def _chunks(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._counted(size)
            if self._line():
                raise HTTPError(502, "a chunk of the answer is longer than its size")
        while self._line():  # trailer fields: dropped, as RFC 9110 section 6.5.1 allows
            pass

    def _chunk_size(self) -> int:
        match = _CHUNK_LINE.fullmatch(self._line())
        if match is None:
            raise HTTPError(502, "a chunk of the answer has no size")
        return int(match[1], 16)

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _MAX_LINE:
                raise HTTPError(502, "a line of the answer is too long")
            self._need_more()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take(self, most: int) -> bytes:
        if not self._buffer:
            self._need_more()
        piece = bytes(self._buffer[: min(most, _PIECE)])
        del self._buffer[: len(piece)]
        return piece

    def _need_more(self) -> None:
        if not self._more():
            raise HTTPError(502, "the server behind this one stopped in the middle")

    # -- bytes -------------------------------------------------------------------------------------

    def _more(self, *, progress: bool = True) -> bool:
        """Wait for bytes, sending meanwhile; False at the end of the stream.

        ``progress`` False: what is sent does not prolong the wait.
        """
        deadline = self._clock() + self._patience
        while True:
            data = self._receive()
            if data is not None:
                self._buffer += data
                self.heard = self._clock()
                return bool(data)
            if self._send():
                self.heard = self._clock()
                if progress:
                    deadline = self.heard + self._patience
            self._wait(deadline - self._clock(), writable=bool(self._unsent))

    def _receive(self) -> bytes | None:
        try:
            return self.sock.recv(_PIECE)
        except _LATER:
            return None
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""
        except OSError as error:
            raise HTTPError(502, "the connection to the server behind this one broke") from error

    def _send(self) -> bool:
        """Send what fits; True when something has gone."""
        gone = False
        while True:
            if not self._unsent:
                piece = next(self._source, b"")
                if not piece:
                    return gone
                self._unsent = memoryview(piece)
            try:
                self._unsent = self._unsent[self.sock.send(self._unsent) :]
                gone = True
            except _LATER:
                return gone
            except OSError:  # it takes no more; it may have answered before
                self._unsent, self._source = memoryview(b""), iter(())
                return gone

    def _wait(self, timeout: float, *, writable: bool) -> None:
        """Until there is something to do here, or the client leaves.

        Raises:
            HTTPError: 504, 499.

        """
        if timeout <= 0.0:
            raise HTTPError(504, "the server behind this one does not answer in time")
        peer = self._peer
        other = None if peer is None else peer.sock
        if other is not None and other.fileno() < 0:
            raise ClientLeft  # the transport was stopped and has closed it
        ready = wait_for(self.sock, other, timeout, writable=writable)
        if other is not None and other in ready:
            if has_ended(other):
                raise ClientLeft
            self._peer = None  # it sends its next request already: no way to see it leave

    # -- its end -----------------------------------------------------------------------------------

    @property
    def clean(self) -> bool:
        """Whether everything was sent and nothing is left over."""
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return False
        return not self._buffer and not self._unsent and next(self._source, b"") == b""

    def release(self) -> bytes:
        """What was read too much; the caller owns the socket from now on."""
        return bytes(self._buffer)

    def is_silent(self) -> bool:
        """Whether a connection nobody uses is still open, and nothing has come."""
        return not wait_for(self.sock, None, 0.0)

    def put_aside(self) -> None:
        """Forget the request that was answered."""
        self.used = True
        self._peer = None
        self._source = iter(())
        self.idle_since = self._clock()

    def _check_aborted(self) -> None:
        if self._aborted:
            raise HTTPError(503, "the server stops")

    def abort(self) -> None:
        """Wake whoever uses it; the connection is over."""
        self._aborted = True
        with contextlib.suppress(OSError):  # the other side may be gone already
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()
