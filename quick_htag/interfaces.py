"""Aliases and protocols by which the columns of the package know each other.

Values of row 2 are named under ``TYPE_CHECKING`` only: this file is words.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio
    import socket

    from .messages.deflate import Terms
    from .messages.event_stream import EventStream
    from .messages.request import Request
    from .messages.response import HTTPResponse, Tunnel

T = TypeVar("T")

Handler = Callable[["Request"], "HTTPResponse"]
"""Turns a request into a response; may raise any exception of ``errors``."""

Middleware = Callable[[Handler], Handler]
"""Wraps a handler."""


Admission = Callable[["Request"], bool]
"""Whether somebody wants the body of a request, by its head; it may take its time, and may fail."""


class Target(Protocol):
    """What a request is aimed at: a route, a folder, a GUI. One object per registration."""

    body_limit: int
    """Largest body it takes, in bytes; 0: none, the body is not read."""

    cost: float
    """Seconds a recent request took; ``inf`` marks a target that always waits for another thread.
    Written by the transport after each request."""


class Peer(Protocol):
    """Who sent a request: for targets that wait long, and must know when nobody waits any more."""

    address: tuple[str, int]
    """Host and port of the other end of the connection."""

    sock: socket.socket
    """The connection; to look at, never to read from or to write to."""


class Application(Protocol):
    """The seam: everything that answers requests, without a socket or a thread of its own.

    It may have an attribute ``standing_fields``: a transport adds them to every answer; and one
    ``admission``: where that is not None, a transport calls it with each request that comes with a
    body, after ``target``, and reads the body if that is wanted. ``handle`` follows in any case.
    """

    def target(self, request: Request) -> Target:
        """Where this request goes; found once, quick, called when the headers have arrived."""

    def handle(self, request: Request) -> HTTPResponse:
        """The answer; never raises an ``Exception``."""


class Finder(Protocol):
    """Routes of another kind than those of ``routing``. Called on any thread."""

    def find(self, request: Request) -> Target | None:
        """Where a request goes; None: not here. Quick, and never raises."""

    def allowed(self, raw_path: str) -> set[str]:
        """The methods that there is a route for."""

    def close(self) -> None:
        """End what runs in the background; again is harmless."""


class Channel(Protocol):
    """One open connection to a page, seen from the GUI. Every method may be called anywhere.

    One that has a method ``send_soon(text)`` sends with it what may go together with the next
    message, and goes alone within a moment if none comes. With ``promise(text)`` it is left out
    when that next message is sent by ``settle(text)``.
    """

    transport: str
    """"websocket", "sse" or "poll"; the name shown by the ``sessions`` command."""

    address: str
    """Host of the peer."""

    def send(self, text: str) -> None:
        """Queue a message; a client too slow for the queue limit is dropped. Never blocks."""

    def close(self, code: int, reason: str) -> None:
        """Close with a websocket close code (RFC 6455 section 7.4). Safe to call twice."""


class SocketChannel(Channel, Protocol):
    """A channel whose two ends can be made to wait, seen from a handler of the user."""

    on_room: Callable[[], object] | None
    """Called on the sidecar thread when something fits again that ``offer`` refused; set in
    ``Receiver.opened``."""

    def offer(self, data: bytes | memoryview) -> bool:
        """Queue a message if it fits; a text as bytes in UTF-8, a binary one as a view of bytes."""

    def hold(self) -> None:
        """Read no more from the client until ``go_on``. In ``Receiver.received`` only."""

    def go_on(self) -> None:
        """Read on."""


class Receiver(Protocol):
    """Who gets a connection; one call at a time.

    It must never block: it is called on the sidecar thread, or on the request worker that opens a
    connection made of polls. One that has a method ``pinged()`` is told whenever the connection
    is pinged, for clients that are to notice when that ends. One that has an attribute ``home``
    that is not None has its websocket there: on the thread that would be told of its messages.
    One that has a method ``take(message)`` takes messages on any thread with it, and gives what is
    to be called then, which may block.
    """

    def opened(self, channel: Channel) -> None:
        """The handshake is on its way; ``channel`` may be used from now on."""

    def received(self, message: str | bytes) -> None:
        """A whole message has arrived."""

    def closed(self, code: int, reason: str) -> None:
        """The connection is gone; called exactly once after ``opened``."""


class BodyWatch(Protocol):
    """Who follows the body of one request; one call at a time, on the thread that receives it.

    It must neither wait nor fail.
    """

    def received(self, count: int) -> None:
        """So many bytes have arrived by now."""

    def ended(self, *, complete: bool) -> None:
        """Nothing more arrives."""


class EventSender(Channel, Protocol):
    """What the receiver of an ``EventStream`` gets; ``send`` makes an event without a name."""

    def send_event(
        self,
        text: str,
        *,
        event: str | None = None,
        event_id: str | None = None,
        retry: float | None = None,
    ) -> None:
        """Queue an event with a name, an id, and seconds to wait before connecting again."""


class ChannelHost(Protocol):
    """Takes over connections that left HTTP."""

    def taken_over(self) -> int:
        """How many of them are open. Any thread."""

    def adopt(
        self,
        sock: socket.socket,
        head: bytes,
        received: bytes,
        receiver: Receiver,
        address: str,
        terms: Terms | None = None,
    ) -> None:
        """Own ``sock`` from now on.

        Args:
            sock: the connected socket, non-blocking.
            head: the 101 response, not sent yet.
            received: bytes already read that follow the request.
            receiver: who gets the messages.
            address: host of the peer.
            terms: what was agreed on in the handshake; None: nothing, and the usual limit.

        """

    def stream(
        self, sock: socket.socket, head: bytes, stream: EventStream, chunked: bool, address: str
    ) -> None:
        """Own ``sock`` from now on, and send it events until one side ends.

        Args:
            sock: the connected socket, non-blocking.
            head: the response head, not sent yet.
            stream: whose receiver gets the channel.
            chunked: whether the head has announced chunked coding.
            address: host of the peer.

        """

    def relay(self, sock: socket.socket, head: bytes, received: bytes, tunnel: Tunnel) -> None:
        """Own ``sock`` and ``tunnel`` from now on; pass bytes on both ways until one side ends.

        Args:
            sock: the connected socket, non-blocking.
            head: the 101 response, not sent yet.
            received: bytes already read that follow the request.
            tunnel: the connection to the other server.

        """


class Runner(Protocol):
    """A thread that owns an asyncio loop."""

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], timeout: float | None = None) -> T:
        """Run a coroutine there and wait for its result. Not from its own thread.

        Raises:
            TimeoutError: it took longer than ``timeout`` seconds; the coroutine is cancelled.

        """

    def call(self, function: Callable[[], T], timeout: float | None = None) -> T:
        """Call ``function`` there and wait for its result, as ``run`` does for a coroutine."""

    def post(self, function: Callable[[], object]) -> bool:
        """Call ``function`` there soon, in order; False when the runner has stopped."""

    def start(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a coroutine; its first step was made when this returns.

        On its thread only, and not inside of a task. The caller keeps the task until it is done.
        """

    def stop(self, timeout: float = 0.0) -> bool:
        """Cancel what runs and end the thread; True when it ended within ``timeout`` seconds."""

    def stack(self) -> str:
        """What it is doing now, as lines of a traceback, for the log."""

    def tasks(self) -> int:
        """How many asyncio tasks it has."""


RunnerFactory = Callable[[str], Runner]
"""Starts a runner; the argument names its thread."""


class Timer(Protocol):
    """Calls back later, on a thread that must not be blocked."""

    def call_later(self, delay: float, function: Callable[[], object]) -> Callable[[], None]:
        """Call ``function`` in ``delay`` seconds; the value undoes it."""


class Log(Protocol):
    """The message log of one server."""

    def message(self, text: str) -> None:
        """Write ``text``, a head on each line."""

    def error(
        self,
        source: str,
        text: str,
        error: BaseException | None = None,
        hide: Iterable[str] = (),
    ) -> None:
        """Report a failure, without what is to be hidden; ``source`` is a name in ``logs``."""


class Store(Protocol):
    """JSON values by text key, each with a time to live; see ``stores``. Any thread.

    Keys are text of 1 to 2048 characters; whoever uses a store begins them with a name of its own,
    as "token:". Values are what JSON has; None is one too. What ``get`` returns is a copy, so
    changing it changes nothing. An expired key is the same as an absent one.

    Every method may raise ``StoreUnavailable``; what takes a key or value, ``NotStorable``.
    """

    shared: bool
    """Whether other processes may use the same data."""

    def get(self, key: str) -> Any | None:
        """The value of a key; None: there is none, or it is None."""

    def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Set a value, which is safe when this returns.

        Args:
            key: its key.
            value: anything JSON.
            ttl: seconds until it is forgotten; None: never; 0 or less: at once.

        Raises:
            NotStorable: the value is not JSON, or too large; the error names the place.

        """

    def add(self, key: str, value: Any, ttl: float | None = None) -> bool:
        """Set a value if the key has none; whether it was set. Of several at once, one wins."""

    def update(
        self, key: str, change: Callable[[Any | None], Any], ttl: float | None = None
    ) -> Any:
        """Set a value to ``change(value)``, with nobody in between; the new value.

        Args:
            key: its key.
            change: gets a copy, None for an absent key, and returns what is to be stored. Quick,
                without using the store; may be called more than once. What it raises is raised
                here, and nothing has changed.
            ttl: as for ``put``.

        Raises:
            StoreBusy: others changed it all the time.

        """

    def delete(self, key: str) -> bool:
        """Forget a key; whether there was one."""

    def touch(self, key: str, ttl: float | None) -> bool:
        """Set the seconds a key has left, see ``put``; False: there is no such key."""

    def ttl(self, key: str) -> float | None:
        """Seconds a key has left; 0: there is no such key; None: it is not forgotten."""

    def keys(self, prefix: str = "") -> list[str]:
        """The keys that begin with ``prefix``, sorted. Looks at all of these: not for requests."""

    def locked(self, key: str, timeout: float = 30.0) -> AbstractContextManager[None]:
        """Hold a key in a ``with`` block, against all who do the same; other methods do not wait.

        In a shared store all processes are held off; one that dies lets go within ten seconds. Not
        reentrant. The key need not exist.

        Args:
            key: what to hold.
            timeout: seconds to wait for others.

        Raises:
            StoreBusy: somebody kept it for longer.
            StoreError: this thread holds it already; or, at the end of the block, the store gave it
                to somebody else since this process did not run for ten seconds.

        """

    def expire(self) -> int:
        """Free the memory of expired keys; how many. Stores do it by and by on their own."""

    def close(self) -> None:
        """Let go of files and connections. Safe to call twice."""


class TopicLine(Protocol):
    """Carries text by topic from one process to others. Any thread."""

    def open(
        self,
        wanted: Callable[[], set[str]],
        deliver: Callable[[str, str], object],
        report: Callable[[str], object],
    ) -> None:
        """Say whom it is for, once, before all else; nothing waits.

        Args:
            wanted: the topics that somebody here listens to.
            deliver: called with topic and text of what arrives, on one thread, in order.
            report: told that the line is down, and that it is up again.

        """

    def send(self, topic: str, text: str) -> None:
        """Let all who listen have it, ourselves too; raises ``StoreUnavailable``."""

    def listen(self, topic: str) -> None:
        """Hear what is sent to a wanted topic from now on; soon, while the line is down."""

    def forget(self) -> None:
        """Something is not wanted any more."""

    def close(self) -> None:
        """Hear nothing more; its threads end. Safe to call twice."""
