"""Messages between servers by Redis' publish and subscribe.

Rules of this file: the connection that listens belongs to one thread ("topic line"), as the library
wants it; others tell that thread what to do by a message on a channel of its own, so nothing polls.
"""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..errors import StoreUnavailable

PING_INTERVAL = 25.0  # seconds of silence after which the server is asked whether it is there ...
PING_TIMEOUT = 10.0  # ... and seconds it has for its answer
_LISTEN_LIMIT = 1.0  # seconds ``listen`` waits until the server has taken it
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds between attempts to connect again
_JOIN_LIMIT = 5.0  # seconds


class RedisLine:
    """Implements ``TopicLine``.

    What is published while the connection is down is lost for those behind it.

    Args:
        client: of the library, which connects without trying again by itself.
        failures: what the library raises when the server cannot be used.
        prefix: begins the name of every channel.

    """

    def __init__(self, client: Any, failures: type[Exception], prefix: str) -> None:
        self._client = client
        self._failures = failures
        self._prefix = f"{prefix}topic:"
        self._own = f"{prefix}line:{secrets.token_hex(16)}"  # the channel that wakes the thread
        self._lock = threading.Lock()  # guards _waiting, _up and _thread
        self._waiting: dict[str, threading.Event] = {}  # for a topic to be heard
        self._up = False
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._asked: set[str] = set()  # the server was told; the thread only, as the next
        self._heard: set[str] = set()  # the server has said so

    def open(
        self,
        wanted: Callable[[], set[str]],
        deliver: Callable[[str, str], object],
        report: Callable[[str], object],
    ) -> None:
        self._wanted = wanted
        self._deliver = deliver
        self._report = report

    def send(self, topic: str, text: str) -> None:
        if self._closed.is_set():
            raise StoreUnavailable("the line of topics is closed")
        try:
            self._client.publish(self._prefix + topic, text)
        except self._failures as error:
            raise StoreUnavailable(f"nothing can be published: {error}") from error

    def listen(self, topic: str) -> None:
        with self._lock:
            if self._closed.is_set():
                return
            heard = self._waiting.setdefault(topic, threading.Event())
            up = self._up or self._thread is None
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="quick_htag-topic-line", daemon=True
                )
                self._thread.start()
        self._wake()
        if up and threading.current_thread() is not self._thread:
            heard.wait(_LISTEN_LIMIT)

    def forget(self) -> None:
        self._wake()

    def close(self) -> None:
        self._closed.set()
        self._wake()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_LIMIT)
        with suppress(*self._lost()):
            self._client.close()

    # -- the thread --------------------------------------------------------------------------------

    def _wake(self) -> None:
        if self._up or self._closed.is_set():
            with suppress(*self._lost()):  # then it looks for itself, after connecting again
                self._client.publish(self._own, "")

    def _lost(self) -> tuple[type[Exception], ...]:
        return (self._failures, OSError, ValueError)  # the last: a connection that was closed

    def _work(self) -> None:
        """Listen; when the connection is lost, make another."""
        pause, told = _FIRST_PAUSE, False
        while not self._closed.is_set():
            try:
                with self._client.pubsub(ignore_subscribe_messages=False) as line:
                    self._begin(line)
                    if told:
                        self._report(
                            "topics: connected again; what was published meanwhile is lost"
                        )
                    pause, told = _FIRST_PAUSE, False
                    self._hear(line)
            except self._lost() as error:
                with self._lock:
                    self._up = False
                if self._closed.is_set():
                    return
                if not told:
                    self._report(f"topics: the connection is lost, others cannot be heard: {error}")
                told = True
                self._closed.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 no secret
                pause = min(pause * 2.0, _LONGEST_PAUSE)

    def _begin(self, line: Any) -> None:
        line.subscribe(self._own)
        self._asked, self._heard = set(), set()
        with self._lock:
            self._up = True
        self._adapt(line)

    def _hear(self, line: Any) -> None:
        asked = False
        while not self._closed.is_set():
            message = line.get_message(timeout=PING_TIMEOUT if asked else PING_INTERVAL)
            if message is not None:
                asked = False
                self._take(line, message)
            elif asked:
                raise OSError(f"no answer for {PING_TIMEOUT} s")
            else:
                asked = True
                line.ping()

    def _take(self, line: Any, message: dict[str, Any]) -> None:
        kind, channel = message["type"], message["channel"]
        name = channel.decode() if isinstance(channel, bytes) else channel or ""
        if name == self._own:
            self._adapt(line)
        elif name.startswith(self._prefix):
            topic, text = name[len(self._prefix) :], message["data"]
            if kind == "message":
                self._deliver(topic, text.decode() if isinstance(text, bytes) else text)
            elif kind == "subscribe":
                self._heard.add(topic)
                self._tell({topic})

    def _adapt(self, line: Any) -> None:
        """Listen to what is wanted, and to nothing else."""
        with self._lock:
            waited_for = set(self._waiting)  # looked at first: each of these was wanted by then
        wanted = self._wanted()
        new, old = wanted - self._asked, self._asked - wanted
        if new:
            line.subscribe(*[self._prefix + topic for topic in sorted(new)])
        if old:
            line.unsubscribe(*[self._prefix + topic for topic in sorted(old)])
        self._asked = wanted
        self._heard -= old
        self._tell(self._heard | (waited_for - wanted))

    def _tell(self, over: set[str]) -> None:
        """Those who wait for a topic that is heard now, or that nobody wants any more."""
        with self._lock:
            ready = [self._waiting.pop(topic) for topic in over & self._waiting.keys()]
        for heard in ready:
            heard.set()
