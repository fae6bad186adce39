"""Bytes over TLS on a loop: an asyncio transport around a socket whose handshake is done."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import deque
from typing import Final

from .ending import CLOSE_LIMIT

_RECEIVE: Final = 64 * 1024  # bytes asked for at once
_TURN: Final = 16  # receptions before others get their turn
_HIGH: Final = 64 * 1024  # bytes waiting before a protocol is told to pause, as in asyncio
_PIECE: Final = 64 * 1024  # bytes given to the library at once


class TlsStream(asyncio.Transport):
    """Moves bytes between a socket and an asyncio protocol; every method runs on the loop's thread.

    asyncio has TLS of its own and takes no socket that has it already. The loop must be able to
    watch sockets, as selector loops do.

    Args:
        sock: non-blocking, the handshake done; closed with the transport.
        protocol: who gets the bytes.

    """

    def __init__(self, sock: ssl.SSLSocket, protocol: asyncio.Protocol) -> None:
        super().__init__({"socket": sock})
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._fd = sock.fileno()
        self._protocol = protocol
        self._out: deque[memoryview] = deque()
        self._size = 0  # bytes in _out
        self._closing = False
        self._gone = False  # connection_lost is called, or is about to be
        self._at_end = False  # the peer sends no more
        self._ends = False  # our output ends after what waits ...
        self._ended = False  # ... and has ended
        self._goodbye_waits = False  # it is to be said, and there was no room for it
        self._receive_wants_write = False
        self._send_wants_read = False
        self._reads = True  # the protocol takes data
        self._high = _HIGH
        self._full = False  # the protocol was told that more than _high bytes wait

    def start(self) -> None:
        """Begin; the protocol hears of it before anything else."""
        self._protocol.connection_made(self)
        self._on_ready()

    # -- what asyncio promises of a transport ------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data or self._closing or self._ends:
            return
        whole = memoryview(bytes(data))
        self._out.extend(whole[at : at + _PIECE] for at in range(0, len(whole), _PIECE))
        self._size += len(whole)
        self._flush()
        self._watch()
        if self._size > self._high and not self._full and not self._gone:
            self._full = True
            self._protocol.pause_writing()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Tell the protocol to pause above ``high`` bytes; it resumes at a quarter of that."""
        self._high = _HIGH if high is None else high

    def pause_reading(self) -> None:
        self._reads = False
        self._watch()

    def resume_reading(self) -> None:
        if not self._reads:
            self._reads = True
            self._loop.call_soon(self._on_ready)  # what is decrypted already wakes no selector

    def get_write_buffer_size(self) -> int:
        return self._size

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._ends = True
        self._flush()
        self._watch()

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """Close once everything is written."""
        if not self._closing:
            self._closing = True
            self._flush()
            self._watch()

    def abort(self) -> None:
        self._lose(None)

    # -- inside ------------------------------------------------------------------------------------

    def _on_ready(self) -> None:
        """The socket can be read or written; both are tried, as either may have waited for it."""
        try:
            self._receive()
        except OSError as error:
            self._lose(error)
        except Exception as error:  # noqa: BLE001 a receiver that fails must not stop the others
            context = {"message": "a websocket failed", "exception": error, "transport": self}
            self._loop.call_exception_handler(context)
            self._lose(error)
        self._flush()
        self._watch()

    def _receive(self) -> None:
        for _ in range(_TURN):
            if self._closing or self._at_end or not self._reads:
                return
            self._receive_wants_write = False
            try:
                # When our output has ended the library does not decrypt any more.
                data = self._sock.recv(_RECEIVE)
            except (ssl.SSLWantReadError, BlockingIOError, InterruptedError):
                break
            except ssl.SSLWantWriteError:
                self._receive_wants_write = True
                return
            if not data:
                self._at_end = True
                if not self._protocol.eof_received():
                    self.close()
            elif not self._ended:
                self._protocol.data_received(data)
        else:
            if self._sock.pending():  # the selector knows nothing of what is decrypted already
                self._loop.call_soon(self._on_ready)

    def _flush(self) -> None:
        if self._gone:
            return
        self._send_out()
        if self._full and self._size <= self._high // 4 and not self._gone:
            self._full = False
            self._protocol.resume_writing()

    def _send_out(self) -> None:
        self._send_wants_read = False
        try:
            while self._out:
                piece = self._out[0]  # one that had to wait must be given again as it was
                sent = self._sock.send(piece)
                self._size -= sent
                if sent == len(piece):
                    self._out.popleft()
                else:
                    self._out[0] = piece[sent:]
        except ssl.SSLWantReadError:
            self._send_wants_read = True
            return
        except (ssl.SSLWantWriteError, BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(error)
            return
        if self._closing:
            self._leave()
        elif self._ends and not self._ended:
            self._end_output()

    def _leave(self) -> None:
        """Say goodbye, which a peer that is slow must take first, and be gone."""
        if not self._ended:
            try:
                self._sock.unwrap()
            except ssl.SSLWantWriteError:
                if not self._goodbye_waits:
                    self._goodbye_waits = True
                    self._loop.call_later(CLOSE_LIMIT, self.abort)
                return
            except (OSError, ValueError):  # said, or the peer is gone
                pass
            self._ended = True
        self._lose(None)

    def _end_output(self) -> None:
        self._ended = True
        self._say_goodbye()
        with contextlib.suppress(OSError):  # the peer was faster
            self._sock.shutdown(socket.SHUT_WR)

    def _say_goodbye(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the peer is gone, or cannot take it now
            self._sock.unwrap()

    def _watch(self) -> None:
        """Have the loop call again for what is waited for, and nothing else: it would spin."""
        if self._gone:
            return
        receives = self._reads and not (self._closing or self._at_end)
        if self._send_wants_read or (receives and not self._receive_wants_write):
            self._loop.add_reader(self._fd, self._on_ready)
        else:
            self._loop.remove_reader(self._fd)
        sends = (bool(self._out) and not self._send_wants_read) or self._goodbye_waits
        if sends or (receives and self._receive_wants_write):
            self._loop.add_writer(self._fd, self._on_ready)
        else:
            self._loop.remove_writer(self._fd)

    def _lose(self, error: OSError | Exception | None) -> None:
        """End; the protocol hears of it soon, never inside of a call of its own."""
        if self._gone:
            return
        self._gone = self._closing = True
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._out.clear()
        self._size = 0
        self._loop.call_soon(self._finish, error)

    def _finish(self, error: Exception | None) -> None:
        try:
            self._protocol.connection_lost(error)
        finally:
            if not self._ended:
                self._say_goodbye()
            self._sock.close()
