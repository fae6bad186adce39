"""The sidecar: one thread with an asyncio loop: websockets, event streams, tunnels and timers."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..deadline import Deadline
from ..logs import ERR_SOURCE_GENERAL_QS
from ..messages.backlog import Backlog
from .alarms import Alarms
from .arrivals import Arrivals
from .departures import Departures
from .ending import CLOSE_LIMIT, GOING_AWAY
from .loop_thread import LoopThread
from .relay import Relay

if TYPE_CHECKING:
    from websockets.protocol import Protocol

    from ..interfaces import Log, Receiver
    from ..messages.deflate import Terms
    from ..messages.event_stream import EventStream
    from ..messages.response import Tunnel
    from ..settings import Settings
    from .guest import Guest

# What a kind of connection needs is imported where the first one comes: 2 of the 20 ms that an app
# adds to the time until the first page, which is out by then.

MOMENT: Final = 0.05  # seconds a word may wait for the next one


@functools.cache
def _frame_machine() -> type[Protocol]:
    """The class of the library, imported on first use: all but websockets works without it."""
    from websockets.frames import apply_mask  # type: ignore[attr-defined]
    from websockets.protocol import Protocol

    from .assembly import CLOSE
    from .plain_frames import LARGEST

    class Frames(Protocol):
        largest_text = LARGEST  # bytes of a text that need not pass through here
        unmask = staticmethod(apply_mask)
        _ended_whole = True  # nothing came after the last frame

        def between(self) -> bool:
            """Whether the next byte begins a frame that begins a message."""
            return self._ended_whole and self.current_size is None

        def receive_data(self, data: Any) -> None:
            self._ended_whole = False
            super().receive_data(data)

        def recv_frame(self, frame: Any) -> None:
            self._ended_whole = not self.reader.buffer
            # Control frames may come in the middle of a message (RFC 6455 section 5.4), so one
            # that closes is answered in kind; for the library it is an error of the client.
            if frame.opcode == CLOSE:
                self.current_size = None
            super().recv_frame(frame)

    return Frames


def server_protocol(max_message: int, terms: Terms | None = None) -> Any:
    """The frame machine of an open connection, server side.

    Args:
        max_message: bytes of the largest message, decompressed.
        terms: with permessage-deflate, each message is compressed for itself (RFC 7692), which
            keeps no memory between messages; without it, or None: there are no extensions.

    """
    from websockets.protocol import Side, State

    from .plain_frames import LARGEST

    protocol: Any = _frame_machine()(Side.SERVER, state=State.OPEN, max_size=max_message)
    protocol.largest_text = min(LARGEST, max_message)
    if terms is not None and terms.deflate:
        from websockets.extensions.permessage_deflate import PerMessageDeflate

        # A smaller window than the client may expect from us costs little and saves memory.
        settings = {"memLevel": 5}
        protocol.extensions = [PerMessageDeflate(True, True, 15, terms.window_bits, settings)]
    return protocol


def _nothing() -> None:
    """Nobody is interested."""


class Sidecar:
    """A ``ChannelHost`` and a ``Timer``; its one thread starts on first use.

    Args:
        settings: the websocket limits.
        log: told of failures.
        runner: the thread to be on; None: one of its own. See ``annex``.
        departures: what leaves together, where the loop of that thread says when; None: nothing.

    Attributes:
        turns: the relay of session threads.
        selects: the loop must be able to watch sockets, as those with TLS need it; the one that
            Windows has by default is not. To be set before first use.
        backlog: what waits for slow clients.

    """

    def __init__(
        self,
        settings: Settings,
        log: Log,
        runner: LoopThread | None = None,
        departures: Departures | None = None,
    ) -> None:
        self.settings = settings
        self.selects = False
        self._log = log
        self._lock = threading.Lock()  # guards _runner, _stopped and _annexes (writes)
        self._runner = runner
        self._annexes: tuple[Sidecar, ...] = ()
        self._stopped = False
        self._wound_up = threading.Event()  # every connection is closed
        self.connections: set[Guest] = set()  # sidecar thread only
        self.backlog = Backlog(settings.websocket_max_backlog, log.message)
        self._tunnels: set[Callable[[], None]] = set()  # end one each; sidecar thread only
        self._tasks: set[asyncio.Task[Any]] = set()  # sidecar thread only
        self._departures = departures or Departures()
        self._arrivals = Arrivals(self._departures)  # sidecar thread only
        self.turns = Relay(self._soon)
        self._alarms = Alarms(self.post)
        self._noted: list[Callable[[], object]] = []  # see ``remind``; sidecar thread only
        self._left: Callable[[], object] = _nothing  # told when an annex has ended

    @property
    def channels(self) -> int:
        """How many websockets and event streams are open. Any thread."""
        return len(self.connections) + sum(annex.channels for annex in self._annexes)

    def taken_over(self) -> int:
        """How many connections of clients were handed over and are open. Any thread."""
        found = len(self.connections) + len(self._tunnels)
        for annex in self._annexes:  # asked for each connection; ``sum`` takes four times as long
            found += len(annex.connections)
        return found

    def kinds(self) -> dict[str, int]:
        """How many there are of each kind, tunnels included. Any thread."""
        guests = [one for host in (self, *self._annexes) for one in list(host.connections)]
        from .event_connection import EventConnection

        streams = sum(isinstance(guest, EventConnection) for guest in guests)
        return {
            "websocket": len(guests) - streams,
            "event stream": streams,
            "tunnel": len(self._tunnels),
        }

    def annex(self, runner: LoopThread, departures: Departures) -> Sidecar:
        """Where websockets live on the thread of their apps, so that no event changes threads.

        With 50 sessions that tripled the clicks a second of apps that share a loop. ``stop`` of the
        annex ends the thread. Any thread.
        """
        annex = Sidecar(self.settings, self._log, runner, departures)
        annex.backlog = self.backlog
        annex._left = partial(self._forget, annex)
        with self._lock:
            self._annexes = (*self._annexes, annex)
        return annex

    def _forget(self, annex: Sidecar) -> None:
        """An annex has ended; what it has had to do with is kept in memory by nobody."""
        with self._lock:
            self._annexes = tuple(one for one in self._annexes if one is not annex)

    @property
    def stopped(self) -> bool:
        """Whether it takes no more connections. Any thread."""
        return self._stopped

    def adopt(
        self,
        sock: socket.socket,
        head: bytes,
        received: bytes,
        receiver: Receiver,
        address: str,
        terms: Terms | None = None,
    ) -> None:
        """Own a socket from now on, see ``ChannelHost``. Any thread."""
        home: Sidecar | None = getattr(receiver, "home", None)
        if home is not None and home is not self and not home.stopped:
            home.adopt(sock, head, received, receiver, address, terms)
            return
        from .websocket import WebsocketConnection

        largest = None if terms is None else terms.max_message
        if largest is None:
            largest = self.settings.websocket_max_message
        frames = server_protocol(largest, terms)
        factory = partial(WebsocketConnection, self, frames, head, received, receiver, address)
        if not self.post(partial(self._spawn, sock, factory)):
            sock.close()

    def stream(
        self, sock: socket.socket, head: bytes, stream: EventStream, chunked: bool, address: str
    ) -> None:
        """Own a socket from now on, see ``ChannelHost``. Any thread."""
        from .event_connection import EventConnection

        factory = partial(EventConnection, self, head, stream, chunked, address)
        if not self.post(partial(self._spawn, sock, factory)):
            sock.close()

    def relay(self, sock: socket.socket, head: bytes, received: bytes, tunnel: Tunnel) -> None:
        """Own both sockets from now on, see ``ChannelHost``. Any thread."""
        step = partial(self._spawn_tunnel, sock, head, received, tunnel)
        if not self.post(step):
            sock.close()
            tunnel.close()

    def call_later(self, delay: float, function: Callable[[], object]) -> Callable[[], None]:
        """Call ``function`` on the sidecar thread in ``delay`` seconds; the value undoes it.

        Any thread. After ``stop`` nothing is called any more.
        """
        return self._alarms.add(delay, function)

    def post(self, function: Callable[[], object]) -> bool:
        """Call ``function`` on the sidecar thread soon; False when it has stopped. Any thread."""
        runner = self._runner
        if runner is None:
            runner = self._start()
        return runner is not None and runner.post(function)

    def remind(self, function: Callable[[], object]) -> None:
        """Call ``function`` on the sidecar thread in ``MOMENT`` seconds or less. Any thread.

        One timer for all that comes in the meantime, and none when nothing does.
        """
        runner = self._runner
        if runner is not None and runner.is_current():
            self._note(function)
        else:
            self.post(partial(self._note, function))

    def stop(self, timeout: float, reason: tuple[int, str] = (GOING_AWAY, "")) -> bool:
        """Close every connection and tunnel, and end the thread; safe to call again. Any thread.

        Args:
            timeout: seconds for closing handshakes and the end of the thread.
            reason: close code and text for websockets and streams (RFC 6455 section 7.4).

        Returns:
            whether the thread has ended; always False on the thread itself.

        """
        deadline = Deadline(timeout)
        with self._lock:
            first = not self._stopped
            self._stopped = True
            runner, annexes = self._runner, self._annexes
        ended = [annex.stop(deadline.remaining() or 0.0, reason) for annex in annexes]
        ended.append(self._stop(first, runner, deadline, reason))
        self.turns.end()
        return all(ended)

    def _stop(
        self, first: bool, runner: LoopThread | None, deadline: Deadline, reason: tuple[int, str]
    ) -> bool:
        if runner is None:
            return True
        timeout = deadline.remaining() or 0.0
        if runner.is_current():
            if first:
                task = asyncio.get_running_loop().create_task(self._close_all(timeout, reason))
                self._keep(task)
                task.add_done_callback(lambda _: runner.stop())
                task.add_done_callback(lambda _: self._left())
            return False
        if first:
            try:
                runner.run(partial(self._close_all, timeout, reason), timeout)
            except (TimeoutError, CancelledError):  # the loop is blocked, or ended in the meantime
                self._wound_up.set()
            self._left()
        else:
            self._wound_up.wait(timeout)
        return runner.stop(deadline.remaining() or 0.0)

    # -- inside ------------------------------------------------------------------------------------

    def _soon(self, function: Callable[[], object]) -> None:
        asyncio.get_running_loop().call_soon(function)

    def _note(self, function: Callable[[], object]) -> None:
        self._noted.append(function)
        if len(self._noted) == 1:
            asyncio.get_running_loop().call_later(MOMENT, self._call_noted)

    def _call_noted(self) -> None:
        noted, self._noted = self._noted, []
        for function in noted:
            function()

    def _start(self) -> LoopThread | None:
        with self._lock:
            if self._runner is None and not self._stopped:
                new_loop = asyncio.SelectorEventLoop if self.selects else asyncio.new_event_loop
                self._runner = LoopThread("quick_htag-sidecar", self._report, new_loop)
                self._runner.post(self.turns.begin)
            return self._runner

    def _report(self, text: str, error: BaseException | None) -> None:
        self._log.error(ERR_SOURCE_GENERAL_QS, text, error)

    def _spawn(self, sock: socket.socket, factory: Callable[[], asyncio.Protocol]) -> None:
        self._keep(asyncio.get_running_loop().create_task(self._accept(sock, factory)))

    def _spawn_tunnel(
        self, sock: socket.socket, head: bytes, received: bytes, tunnel: Tunnel
    ) -> None:
        if self._stopped:
            sock.close()
            tunnel.close()
            return
        from .tunnel import run_tunnel

        running = run_tunnel(
            sock, tunnel.sock, tunnel.received, received, self._tunnels, self.settings, head
        )
        self._keep(asyncio.get_running_loop().create_task(running))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task until it is done; the loop itself holds tasks weakly only."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, sock: socket.socket, factory: Callable[[], asyncio.Protocol]) -> None:
        if self._stopped:
            sock.close()
            return
        if isinstance(sock, ssl.SSLSocket):  # asyncio takes none
            from .tls_stream import TlsStream

            TlsStream(sock, factory()).start()
            return
        if isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop):
            from .plain_stream import PlainStream

            PlainStream(sock, factory(), self._arrivals, self._departures).start()
            return
        try:
            await asyncio.get_running_loop().connect_accepted_socket(factory, sock)
        except OSError:  # the peer is gone already
            sock.close()

    async def _close_all(self, timeout: float, reason: tuple[int, str]) -> None:
        """Say goodbye, wait for the answers, and drop who gives none."""
        partings = [connection.goodbye(*reason) for connection in self.connections]
        try:
            if partings:
                await asyncio.wait(partings, timeout=min(timeout * 0.8, CLOSE_LIMIT))
        finally:  # also when who waits for this gives it up
            for connection in tuple(self.connections):
                connection.abort()
            for end_tunnel in tuple(self._tunnels):
                end_tunnel()
        await asyncio.sleep(0)  # lets connection_lost be called
        self._wound_up.set()
