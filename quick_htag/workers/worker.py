"""This process as one of several workers, if it is one.

``QUICK_HTAG_WORKER`` tells a program that it is: it holds the process id of the supervisor, and is
taken out of the environment. What else there is to know is the first message on the descriptor
``control`` of ``handover``, which nobody else can read. Messages are described in ``fleet``.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import threading
import weakref
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final

from ..deadline import Deadline
from ..logs import ERR_SOURCE_GENERAL_QS, MessageLog, default_log
from ..process.beginning import ENV_WORKER
from ..process.listening import listening
from ..process.restart import join_supervisor
from ..process.shutdown import end_ourselves
from .channel import Channel
from .shared_folder import SharedFolder
from .stacks import offer

Answer = Callable[..., Any]

_signals: Any = signal  # Windows lacks some of its names; there are no workers there

_HELLO_LIMIT: Final = 30.0  # seconds for the supervisor to say who we are
_LAST_MOMENTS: Final = 10.0  # seconds to end without a supervisor, beside what the server takes
_ANSWER_LIMIT: Final = 10.0  # seconds for the other workers to answer


class Worker:
    """What a program is for its supervisor. False: it has none. Any thread.

    Args:
        environ: where the supervisor says that it is there.

    Attributes:
        index: counts from 1; None: this is no worker.
        count: how many there are.
        all_servers: each server of the program is meant, whether it says ``workers=`` or not.
        folder: of all workers, for this user only; goes with the supervisor.
        secret: what all workers know and nobody else.
        leaving: another process takes our place.
        asked: the supervisor, or a signal, has asked us to end.
        all_end: all workers end.
        over: the program does not serve any more, so a signal would cut it short.
        answers: what answers the questions of others, by name; set before ``ready``.

    """

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        parent = environ.pop(ENV_WORKER, None)
        self.index: int | None = None
        self.count = 0
        self.all_servers = False
        self.folder = ""
        self._shared: SharedFolder | None = None
        self.secret = b""
        self.leaving = False
        self.asked = False
        self.all_end = False
        self.over = False
        self.answers: dict[str, Answer] = {}
        self.patience = 5.0  # seconds that the server takes to end
        self._serves = False
        self._stores = 0
        self._watched: list[weakref.WeakMethod[Callable[[float], bool]]] = []  # replaced as a whole
        self._supervisor = 0
        self._listeners: list[Callable[[str, str], object]] = []  # replaced as a whole
        self._lock = threading.Lock()  # guards the two below, and what is replaced as a whole
        self._questions = 0
        self._open: dict[int, _Question] = {}
        control = listening().control
        if parent is not None and control is not None:  # which only a child of it has
            self._supervisor = int(parent)
            self._sock = socket.socket(fileno=os.dup(control))
            self._channel = Channel(self._sock)
            self._take(self._channel.read(_HELLO_LIMIT))

    def _take(self, first: dict[str, Any] | None) -> None:
        if first is None:
            self._orphaned()
            return
        hello = first["hello"]
        self.index, self.count = hello["index"], hello["count"]
        self.all_servers, self.folder = hello["all_servers"], hello["folder"]
        self.secret = bytes.fromhex(hello["secret"])
        with suppress(OSError):  # the supervisor is gone already: so are we, in a moment
            self._shared = SharedFolder(self.folder) if self.folder else None

    def __bool__(self) -> bool:
        return self.index is not None

    def begin(self) -> None:
        """Hear the supervisor from now on. Main thread."""
        join_supervisor()
        listening().tell_early()
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(_signals.SIGHUP) != signal.SIG_IGN:
            # it is for the supervisor; a terminal that is closed tells the whole group. It is not
            # ignored, as programs that we start would inherit that
            signal.signal(_signals.SIGHUP, _nothing)
        MessageLog.prefix = f"w{self.index} "
        atexit.register(self.at_exit)
        if self._shared is not None:
            offer(self.folder)
        threading.Thread(target=self._listen, name="quick_htag-worker", daemon=True).start()

    def next_store(self) -> int:
        """A number for the store of one more server; the same in all workers. Main thread."""
        self._stores += 1
        return self._stores

    def watch(self, comes_round: Callable[[float], bool]) -> None:
        """Count a server among those that must not hang, as long as there is one.

        Args:
            comes_round: a method that tells whether its threads do, within so many seconds.

        """
        with self._lock:
            living = [one for one in self._watched if one() is not None]
            self._watched = [*living, weakref.WeakMethod(comes_round)]

    def comes_round(self, timeout: float) -> bool:
        """Whether the threads of all servers do.

        Args:
            timeout: seconds for all of them.

        """
        deadline = Deadline(timeout)
        found = [one() for one in self._watched]
        return all(one is None or one(deadline.remaining() or 0.0) for one in found)

    # -- to the supervisor -------------------------------------------------------------------------

    def tell(self, what: dict[str, Any]) -> bool:
        """Send a message; False: the supervisor is gone."""
        try:
            self._channel.send(what)
        except OSError:
            return False
        return True

    def ready(self, **more: Any) -> None:
        """The program serves."""
        self._serves = True
        self.tell({"ready": more})

    def ask_all(self, what: str, *args: Any) -> list[tuple[int, Any]]:
        """What every worker answers, this one too: pairs of its index and the answer.

        Those that do not answer in time are left out.
        """
        question = _Question()
        with self._lock:
            self._questions += 1
            number = self._questions
            self._open[number] = question
        try:
            if self.tell({"ask": number, "what": what, "args": args}):
                question.done.wait(_ANSWER_LIMIT + 2.0)
        finally:
            with self._lock:
                self._open.pop(number, None)
        return [(index, value) for index, value in question.values]

    def publish(self, topic: str, text: str) -> bool:
        """Let every worker have it, this one too; False: the supervisor is gone.

        Raises:
            ValueError: it is too long.

        """
        return self.tell({"publish": topic, "text": text})

    def hear(self, listener: Callable[[str, str], object]) -> Callable[[], None]:
        """Call it with topic and text of what is published, in order, on one thread.

        Returns:
            what undoes it.

        """
        with self._lock:
            self._listeners = [*self._listeners, listener]

        def undo() -> None:
            with self._lock:
                self._listeners = [one for one in self._listeners if one is not listener]

        return undo

    # -- from the supervisor -----------------------------------------------------------------------

    def _listen(self) -> None:
        while (said := self._channel.read()) is not None:
            try:
                self._heed(said)
            except Exception as error:  # noqa: BLE001 the only thread that does this goes on
                default_log().error(ERR_SOURCE_GENERAL_QS, "a worker cannot do as told", error)
        self._orphaned()

    def _heed(self, said: dict[str, Any]) -> None:
        if "deliver" in said:
            for listener in self._listeners:
                listener(said["deliver"], said["text"])
        elif "ask" in said:  # it may take long, and may ask others in turn
            threading.Thread(
                target=self._answer, args=(said,), name="quick_htag-worker-answer", daemon=True
            ).start()
        elif "answered" in said:
            with self._lock:
                question = self._open.get(said["answered"])
            if question is not None:
                question.values = said["values"]
                question.done.set()
        elif "end" in said:
            self.leaving, self.asked = bool(said["end"] == "restart"), True
            self.all_end = not self.leaving
            self._end()

    def _answer(self, said: dict[str, Any]) -> None:
        answer = self.answers.get(said["what"])
        try:
            value = None if answer is None else answer(*said["args"])
            self.tell({"answer": said["ask"], "value": value})
        except Exception as error:  # noqa: BLE001 the user's commands; too long an answer
            default_log().error(ERR_SOURCE_GENERAL_QS, "a question was not answered", error)
            self.tell({"answer": said["ask"], "value": None})

    def _orphaned(self) -> None:
        """The supervisor was killed: end, and leave nothing behind."""
        default_log().message("the supervisor is gone: ends")
        self.asked = self.all_end = True
        if not self._serves:  # the signal ends the process at once
            self._remove_folder()
        # not by the signal that Linux sends when a parent dies: it does so for each of its threads
        # that had our process, and one that comes after the handlers are gone cuts the end short
        self._end()
        late = threading.Timer(self.patience + _LAST_MOMENTS, self._give_up)
        late.daemon = True
        late.start()

    def at_exit(self) -> None:
        """The last one to end finds the folder unused. Takes no lock: for handlers of signals."""
        if os.getppid() != self._supervisor:
            self._remove_folder()

    def _give_up(self) -> None:
        self._remove_folder()
        os._exit(1)

    def _end(self) -> None:
        """By a signal, so that hooks of the program have their turn."""
        if not self.over:
            end_ourselves()

    def _remove_folder(self) -> None:
        if self._shared is not None:
            self._shared.remove()


def _nothing(*_: object) -> None:
    """What is done about the signal."""


class _Question:
    """One that was asked, and what was answered."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.values: list[list[Any]] = []


_worker = Worker(os.environ)  # as there is one process, there is one of these
if _worker:
    _worker.begin()


def this_worker() -> Worker:
    """The one of this process; true if it is a worker."""
    return _worker
