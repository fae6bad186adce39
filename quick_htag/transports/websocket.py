"""One websocket on the sidecar's loop: bytes to messages, messages to bytes, and its clocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..messages.channel import WebsocketChannel
from ..messages.event_stream import PORTION
from .assembly import BINARY, Assembly
from .bucket import Bucket
from .ending import CLOSE_LIMIT
from .guest import Guest
from .loan import POSSIBLE, Begin, Loan
from .plain_frames import read_text, text_frame
from .plain_stream import PlainStream

if TYPE_CHECKING:
    from ..interfaces import Receiver
    from .guest import Home
    from .relay import Bell

SLICE = 16 * 1024  # bytes used before others get their turn: that many pings take 20 ms ...
DEFLATED_SLICE = 4 * 1024  # ... and of those that may become a thousand times as many

ABNORMAL, INVALID_DATA, POLICY = 1006, 1007, 1008  # RFC 6455 section 7.4.1


class WebsocketConnection(Guest):
    """One websocket; every method runs on the sidecar thread.

    The frames are the library's business, but for those of ``plain_frames``; this class moves bytes
    and keeps the clocks: pings, and the end of a closing handshake nobody answers.

    The hot path is ``data_received`` -> ``_take_texts`` -> the receiver, and back from whatever
    thread answers: the channel -> ``_send_text`` -> the socket. Neither wakes another thread.

    Args:
        home: the sidecar.
        frames: the frame machine of the library, in open state, see ``sidecar``.
        head: the 101 response, not sent yet.
        received: bytes already read that follow the request.
        receiver: who gets the messages.
        address: host of the peer.

    """

    channel: WebsocketChannel
    _stream: PlainStream

    def __init__(
        self,
        home: Home,
        frames: Any,
        head: bytes,
        received: bytes,
        receiver: Receiver,
        address: str,
    ) -> None:
        super().__init__(home)
        self._head, self._received = head, received
        self._receiver = receiver
        self._pinged = getattr(receiver, "pinged", None)
        self._borrows: Callable[[str], Begin] | None = getattr(receiver, "take", None)
        self._frames = frames
        self._assembly = Assembly()
        self._asked: float | None = None  # loop time of the first ping nothing has followed
        self._sent_code = ABNORMAL  # of our close frame
        self._plain = not frames.extensions
        self._slice = SLICE if self._plain else DEFLATED_SLICE
        self._unread = b""  # received and not used yet; no more is received then
        self._goes_on = False  # ``_go_on`` will be called soon
        self._idle_frames: Bucket | None = None  # those that are no part of a message
        self._reading = True
        self._writable = True  # the transport wants more
        wake = partial(home.post, self._flush)
        self.channel = WebsocketChannel(address, self._settings.websocket_max_queue, wake)
        self.channel.on_more = self._account

    # -- what the loop calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._arrive(transport)
        self.transport.write(self._head)
        if self._plain and isinstance(transport, PlainStream):
            self._stream = transport
            self.channel.send_straight(self._send_texts, self._remind)
        self._receiver.opened(self.channel)
        self._later(self._settings.websocket_ping_interval, self._ping)
        if self._received:
            self.data_received(self._received)
        self._head = self._received = b""

    def data_received(self, data: bytes) -> None:
        self._asked = None
        if self._unread:
            self._unread += data
        elif len(data) <= self._slice and not self.channel.held:
            self._feed(data)
            if self.channel.held or not self._writable or not self._reading:
                self._follow_reading()
        else:
            self._unread = data
            self._read_on()

    def _feed(self, data: bytes) -> None:
        """Use what has arrived: all frames up to one that ends the connection.

        That one may be among them, and the library has answered it already; the messages before it
        count all the same.
        """
        if self._plain:
            data = self._take_texts(data)
            if not data:
                return
        ended = self._frames.close_sent is not None  # by us, before this arrived
        self._frames.receive_data(data)
        for frame in self._frames.events_received():
            if not self._take_frame(frame, ended):
                break
        self._write()

    def _take_texts(self, data: bytes) -> bytes:
        """Give the receiver the texts that come first; what is left is for the library."""
        turns = self._home.turns
        turns.reading = self
        try:
            return self._give_texts(data)
        finally:
            turns.reading = None

    def _give_texts(self, data: bytes) -> bytes:
        frames, place, end = self._frames, 0, len(data)
        while place < end and frames.between() and frames.close_sent is None:
            try:
                found = read_text(data, place, frames.largest_text, frames.unmask)
            except UnicodeDecodeError:  # the library says what is to be said
                found = None
            if found is None:
                break
            text, place = found
            self.channel.heard()
            self._receiver.received(text)
        return data[place:] if place < end else b""

    # -- the input is lent, see ``loan`` -----------------------------------------------------------

    def lend(self, bell: Bell) -> None:
        """Let the thread of this bell read, if that can be."""
        if POSSIBLE and self._borrows and self._plain and isinstance(self.transport, PlainStream):
            self._stream.lend(lambda sock: Loan(self, sock, bell))

    def use(self, data: bytes) -> Begin | None:
        """Take a text that has arrived alone, on the thread of the app."""
        frames = self._frames
        if self._borrows is None or frames.close_sent is not None or not frames.between():
            return None
        try:
            found = read_text(data, 0, frames.largest_text, frames.unmask)
        except UnicodeDecodeError:
            return None
        if found is None or found[1] != len(data):
            return None
        self._asked = None
        self.channel.heard()
        return self._borrows(found[0])

    def given_back(self, data: bytes) -> None:
        """Read on."""
        if data:
            self.data_received(data)
        self._stream.take_back()

    def post(self, function: Callable[[], object]) -> bool:
        """Call a function on the sidecar thread soon. Any thread."""
        return self._home.post(function)

    def later(self, delay: float, function: Callable[[], object]) -> object:
        """Call a function in ``delay`` seconds."""
        return asyncio.get_running_loop().call_later(delay, function)

    def _read_on(self) -> None:
        """Use a slice of what has arrived, if the receiver takes it, and more of it soon."""
        if self._unread and self._takes():
            data, self._unread = self._unread[: self._slice], self._unread[self._slice :]
            self._feed(data)
        if self._unread and self._takes() and not self._goes_on:
            self._goes_on = True
            asyncio.get_running_loop().call_soon(self._go_on)
        self._follow_reading()

    def _go_on(self) -> None:
        self._goes_on = False
        self._read_on()

    def _takes(self) -> bool:
        """Whether what the client sends is used.

        It waits while the receiver takes no more, and while it takes nothing itself: its pings
        must be answered, and the answers would pile up.
        """
        return self._writable and not self.channel.held

    def _follow_reading(self) -> None:
        """Receive from the client, or let it wait."""
        wanted = self._takes() and not self._unread
        if wanted == self._reading:
            return
        self._reading = wanted
        self._asked = None
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def pause_writing(self) -> None:
        self._writable = False
        if not self._ending.begun:
            self._note_backlog()  # it may be that another thread has written
        self._follow_reading()

    def resume_writing(self) -> None:
        self._writable = True
        self._asked = None  # it has taken something, so it lives
        self._flush()

    def eof_received(self) -> bool:
        if self._unread:
            data, self._unread = self._unread, b""
            self._feed(data)
        self._frames.receive_eof()
        self.channel.end()  # no frame may follow
        self._write()
        self._later(CLOSE_LIMIT, self.abort)
        return False  # the loop closes the transport once everything is written

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self._home.turns.forget(self)
        self._unread = b""
        close = self._frames.close_rcvd
        code, reason = (self._sent_code, "") if close is None else (close.code, close.reason)
        self._receiver.closed(code, reason)

    # -- receiving ---------------------------------------------------------------------------------

    def _take_frame(self, frame: Any, ended: bool) -> bool:  # an open connection yields frames only
        """False: the connection has failed with it, no frame behind it counts."""
        try:
            message = self._assembly.add(frame)  # control frames are answered by the library
        except UnicodeDecodeError:
            self._frames.fail(INVALID_DATA, "a text message must be UTF-8")
            return False
        if message is not None:
            if not ended:
                self._receiver.received(message)
        elif frame.opcode > BINARY or not frame.data:
            return self._may_be_idle()
        return True

    def _may_be_idle(self) -> bool:
        """A ping, or a piece of a message with nothing in it: too many only keep us busy."""
        now = asyncio.get_running_loop().time()
        if self._idle_frames is None:
            self._idle_frames = Bucket(self._settings.websocket_max_idle_rate, now)
        if self._idle_frames.take(now) or self._frames.close_sent is not None:
            return True
        self._frames.fail(POLICY, "too many frames that are no messages")
        return False

    # -- sending -----------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Do what the channel asks for: send what it holds, as far as the client takes it."""
        channel = self.channel
        overflow, closing = channel.woken()
        if overflow:
            self.abort()
            return
        if self.transport.is_closing():
            return  # the peer has gone, and cannot be told anything
        if closing:  # a client that takes nothing does not get the close frame, either
            self._ending.begin()
        while self._writable and (messages := channel.take(PORTION)):
            if self._frames.close_sent is not None:
                return
            self._send_all(messages)
            self._write()
        channel.written()
        farewell = channel.farewell() if closing and self._writable else None
        if farewell is not None and self._frames.close_sent is None:
            self._frames.send_close(*farewell)
            self._write()
        if not self._ending.begun:
            self._note_backlog()
        self._read_on()

    def _send_all(self, messages: list[bytes | memoryview]) -> None:
        """Send texts, which are bytes, and binary messages, in one write if they are plain."""
        if self._plain and all(isinstance(message, bytes) for message in messages):
            self.transport.write(b"".join(map(text_frame, messages)))  # type: ignore[arg-type]
            return
        for message in messages:
            if isinstance(message, bytes):
                self._frames.send_text(message)
            else:
                self._frames.send_binary(message)

    def _send_texts(self, messages: list[bytes]) -> bool:
        """Send texts if nothing waits before them. Any thread; the channel's lock is held."""
        if len(messages) == 1:
            return self._stream.send(text_frame(messages[0]))
        return self._stream.send(b"".join(map(text_frame, messages)))

    def _remind(self) -> None:
        """Have the channel send soon what nothing has taken along. Any thread."""
        self._home.remind(self.channel.flush_soon)

    def _write(self) -> None:
        """Write what the library wants to send, and follow it into the closing handshake."""
        chunks = self._frames.data_to_send()
        if self._frames.close_sent is not None:
            self.channel.send_straight(None)  # nothing may follow it
        transport = self.transport
        if chunks and not transport.is_closing():
            transport.write(chunks[0] if len(chunks) == 1 else b"".join(chunks))
        if self._frames.close_sent is not None and self._sent_code == ABNORMAL:
            self._sent_code = self._frames.close_sent.code
            self._ending.begin()
        if self._ending.begun and self._frames.close_rcvd is not None:
            transport.close()  # both sides have said goodbye
        elif self._frames.eof_sent and transport.can_write_eof() and not transport.is_closing():
            # The connection failed. Closing with unread input would reset it, and the peer might
            # never see why; so half-close, and read what it sends until it closes too.
            transport.write_eof()

    # -- clocks ------------------------------------------------------------------------------------

    def _ping(self) -> None:
        """Send a ping, or drop a peer that sent nothing, not even a pong, since an earlier one."""
        if self._frames.close_sent is not None:
            return
        if self._pinged is not None:
            self._pinged()
        settings = self._settings
        now = asyncio.get_running_loop().time()
        if self.channel.held:
            self._asked = None  # its answer would not be read
            self._frames.send_ping(b"")
            self._write()
            self._later(settings.websocket_ping_interval, self._ping)
            return
        if self._asked is None:
            self._asked = now
        patience = self._asked + settings.websocket_ping_timeout - now
        if patience <= 0.0 and self._asked < now:
            self.abort()
            return
        self._frames.send_ping(b"")
        self._write()
        self._later(min(settings.websocket_ping_interval, patience), self._ping)
