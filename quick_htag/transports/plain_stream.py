"""Bytes over a plain socket on a loop, written by any thread: an asyncio transport.

asyncio's own may be used on the thread of its loop only, so that an answer made elsewhere costs a
wake-up of that thread: two system calls and two changes of the thread that Python runs, 100 us
with 50 of them. Here who has something to say sends it (``socket_output``), if nothing waits before
it; or holds it for a moment, so that it leaves together with what others say (``departures``).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from .socket_output import SocketOutput

if TYPE_CHECKING:
    from .arrivals import Arrivals
    from .departures import Departures
    from .loan import Loan

_RECEIVE: Final = 64 * 1024  # bytes asked for at once; asyncio's 256 KiB are new pages each time
_HIGH: Final = 64 * 1024  # bytes waiting before a protocol is told to pause, as in asyncio


class PlainStream(asyncio.Transport):
    """Moves bytes between a socket and an asyncio protocol.

    Runs on the thread of its loop; ``send`` may be called on any. The loop must be able to watch
    sockets, as selector loops do.

    Args:
        sock: non-blocking, connected; closed with the transport.
        protocol: who gets the bytes.
        arrivals: has it fetch what has come, and then use it.
        departures: where what is sent may wait for others.

    """

    def __init__(
        self,
        sock: socket.socket,
        protocol: asyncio.Protocol,
        arrivals: Arrivals,
        departures: Departures,
    ) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._fd = sock.fileno()
        self._protocol = protocol
        self._arrivals = arrivals
        self._output = SocketOutput(sock, departures, self._unsent)
        self._closing = False
        self._gone = False  # connection_lost is called, or is about to be
        self._ends = False  # our output ends after what waits ...
        self._ended = False  # ... and has ended
        self._at_end = False  # the peer sends no more
        self._reads = True  # the protocol takes data
        self._reading = False  # we are told of data
        self._fetched: bytes | None = None  # it was not used yet; b"": the peer sends no more
        self._loan: Loan | None = None  # somebody else reads
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
        return self._output.send(data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._sock if name == "socket" else default

    def lend(self, borrow: Callable[[socket.socket], Loan]) -> None:
        """Leave the input to somebody else, until ``take_back``."""
        if self._reading and self._loan is None and self._fetched is None:
            self._loan = borrow(self._sock)
            self._watch()

    def take_back(self) -> None:
        """Read again."""
        self._loan = None
        self._watch()

    # -- what asyncio promises of a transport ------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data:
            return
        error = self._output.write(data)
        if error is not None:
            self._lose(error)
        else:
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
        if self._fetched is not None:
            self._loop.call_soon(self._use)

    def get_write_buffer_size(self) -> int:
        return self._output.size()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._ends = True
        error = self._output.end()
        if error is not None:
            self._lose(error)
        elif not self._output.left:
            self._end_output()
        else:
            self._grown()

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """Close once everything is written."""
        if self._closing:
            return
        self._closing = True
        error = self._output.end()
        self._watch()
        if error is not None or not self._output.left:
            self._lose(error)
        else:
            self._grown()

    def abort(self) -> None:
        self._lose(None)

    # -- sending -----------------------------------------------------------------------------------

    def _unsent(self, error: OSError | None) -> None:
        """A thread has sent something. Any thread."""
        with suppress(RuntimeError):  # the loop has ended, and with it the connection
            if error is None:
                self._loop.call_soon_threadsafe(self._grown)
            else:
                self._loop.call_soon_threadsafe(self._lose, error)

    def _grown(self) -> None:
        """Something waits: send it when there is room, and let a protocol that writes on pause."""
        left = self._output.left
        if self._gone or not left:
            return
        self._loop.add_writer(self._fd, self._on_room)
        if left > self._high and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def _on_room(self) -> None:
        error, left = self._output.go_on(), self._output.left
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
        if self._loan is not None:
            if not wanted:
                self._loan.end()  # comes back here
                return
            wanted = False
        if wanted == self._reading or self._gone:
            return
        self._reading = wanted
        if wanted:
            self._arrivals.add(self._fd, self._fetch, self._use)
        else:
            self._arrivals.remove(self._fd)

    def _fetch(self) -> None:
        """Take what has arrived from the system."""
        if not self._reading or self._fetched is not None:
            return
        try:
            self._fetched = self._sock.recv(_RECEIVE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(error)

    def _use(self) -> None:
        """Give it to the protocol, unless that has enough for now or gets no more."""
        if self._fetched is None or not self._reading:
            return
        data, self._fetched = self._fetched, None
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
        self._gone = self._closing = True
        self._output.drop()
        self._reading = False
        if self._loan is not None:
            self._loan.end()
        self._arrivals.remove(self._fd)
        self._loop.remove_writer(self._fd)
        self._loop.call_soon(self._finish, error)

    def _finish(self, error: Exception | None) -> None:
        try:
            self._protocol.connection_lost(error)
        finally:
            self._output.close()
