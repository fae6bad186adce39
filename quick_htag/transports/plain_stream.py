"""Bytes over a plain socket on a loop, written by any thread: an asyncio transport.

asyncio's own may be used on the thread of its loop only, so that an answer made elsewhere costs a
wake-up of that thread: two system calls and two changes of the thread that Python runs, 100 us
with 50 of them. Here who has something to say sends it, if nothing waits before it.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from typing import Final

_RECEIVE: Final = 64 * 1024  # bytes asked for at once; asyncio's 256 KiB are new pages each time
_HIGH: Final = 64 * 1024  # bytes waiting before a protocol is told to pause, as in asyncio


class PlainStream(asyncio.Transport):
    """Moves bytes between a socket and an asyncio protocol.

    Runs on the thread of its loop; ``send`` may be called on any. The loop must be able to watch
    sockets, as selector loops do.

    Args:
        sock: non-blocking, connected; closed with the transport.
        protocol: who gets the bytes.

    """

    def __init__(self, sock: socket.socket, protocol: asyncio.Protocol) -> None:
        super().__init__({"socket": sock})
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._fd = sock.fileno()
        self._protocol = protocol
        # guards _out, _size and writes of the flags that end the output; sends are made under it,
        # which never block
        self._lock = threading.Lock()
        self._out: deque[memoryview] = deque()
        self._size = 0  # bytes in _out
        self._closing = False
        self._gone = False  # connection_lost is called, or is about to be
        self._ends = False  # our output ends after what waits ...
        self._ended = False  # ... and has ended
        self._at_end = False  # the peer sends no more
        self._reads = True  # the protocol takes data
        self._reading = False  # the loop watches for data
        self._high = _HIGH
        self._full = False  # the protocol was told that more than _high bytes wait

    def start(self) -> None:
        """Begin; the protocol hears of it before anything else."""
        self._protocol.connection_made(self)
        self._watch()

    def send(self, data: bytes) -> bool:
        """Send ``data``, or begin to, if nothing waits before it. Any thread; never blocks.

        Returns:
            False when something waits, or the output has ended; then nothing was done.

        """
        with self._lock:
            if self._out or self._closing or self._ends:
                return False
            error = self._try(data)
            left = self._size
        if error is not None:
            self._tell(error)
        elif left:
            self._wake()
        return True

    # -- what asyncio promises of a transport ------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data:
            return
        with self._lock:
            if self._closing or self._ends:
                return
            error = self._try(data)
        if error is not None:
            self._lose(error)
        elif self._size:
            self._grown()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Tell the protocol to pause above ``high`` bytes; it resumes at a quarter of that."""
        self._high = _HIGH if high is None else high

    def pause_reading(self) -> None:
        self._reads = False
        self._watch()

    def resume_reading(self) -> None:
        self._reads = True
        self._watch()

    def get_write_buffer_size(self) -> int:
        return self._size

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        with self._lock:
            self._ends = True
        if not self._size:
            self._end_output()

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """Close once everything is written."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
        self._watch()
        if not self._size:
            self._lose(None)

    def abort(self) -> None:
        self._lose(None)

    # -- sending -----------------------------------------------------------------------------------

    def _try(self, data: bytes | bytearray | memoryview) -> OSError | None:
        """Send what can be sent and keep the rest; the lock is held."""
        sent = 0
        if not self._out:
            try:
                sent = self._sock.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as error:
                return error
            if sent == len(data):
                return None
        rest = memoryview(bytes(data))[sent:]
        self._out.append(rest)
        self._size += len(rest)
        return None

    def _wake(self) -> None:
        """Something waits that another thread has left."""
        try:
            self._loop.call_soon_threadsafe(self._grown)
        except RuntimeError:  # the loop has ended, and with it the connection
            return

    def _tell(self, error: OSError) -> None:
        try:
            self._loop.call_soon_threadsafe(self._lose, error)
        except RuntimeError:  # likewise
            return

    def _grown(self) -> None:
        """Something waits: send it when there is room, and let a protocol that writes on pause."""
        if self._gone or not self._size:
            return
        self._loop.add_writer(self._fd, self._on_room)
        if self._size > self._high and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def _on_room(self) -> None:
        with self._lock:
            error = self._send_out()
            left = self._size
        if error is not None:
            self._lose(error)
            return
        if not left:
            self._loop.remove_writer(self._fd)
            if self._closing:
                self._lose(None)
                return
            if self._ends and not self._ended:
                self._end_output()
        if self._full and left <= self._high // 4:
            self._full = False
            self._protocol.resume_writing()

    def _send_out(self) -> OSError | None:
        try:
            while self._out:
                piece = self._out[0]
                sent = self._sock.send(piece)
                self._size -= sent
                if sent < len(piece):
                    self._out[0] = piece[sent:]
                    break
                self._out.popleft()
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            return error
        return None

    def _end_output(self) -> None:
        self._ended = True
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:  # the peer was faster
            return

    # -- receiving ---------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Have the loop call when there is data that is taken, and else not: it would spin."""
        wanted = self._reads and not (self._closing or self._at_end)
        if wanted == self._reading or self._gone:
            return
        self._reading = wanted
        if wanted:
            self._loop.add_reader(self._fd, self._on_data)
        else:
            self._loop.remove_reader(self._fd)

    def _on_data(self) -> None:
        if not self._reading:
            return
        try:
            data = self._sock.recv(_RECEIVE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(error)
            return
        try:
            if data:
                self._protocol.data_received(data)
                return
            self._at_end = True
            self._watch()
            if not self._protocol.eof_received():
                self.close()
        except Exception as error:  # noqa: BLE001 a receiver that fails must not stop the others
            context = {"message": "a connection failed", "exception": error, "transport": self}
            self._loop.call_exception_handler(context)
            self._lose(error)

    # -- the end -----------------------------------------------------------------------------------

    def _lose(self, error: OSError | Exception | None) -> None:
        """End; the protocol hears of it soon, never inside of a call of its own."""
        if self._gone:
            return
        with self._lock:
            self._gone = self._closing = True
            self._out.clear()
            self._size = 0
        self._reading = False
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._loop.call_soon(self._finish, error)

    def _finish(self, error: Exception | None) -> None:
        try:
            self._protocol.connection_lost(error)
        finally:
            with self._lock:  # no thread is sending just now
                self._sock.close()
