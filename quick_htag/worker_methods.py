"""A server in several processes behind one port; see ``workers``.

The program that calls ``serve_forever`` first has done its part then: a supervisor takes the place
of its process, and runs the same command line again, once for each worker. So the same code has one
of three parts: the first process, which never serves; a worker; or the only process there is.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from .deadline import Deadline
from .errors import ConfigurationError
from .later import made
from .logs import MessageLog
from .process.beginning import INHERITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .interfaces import Log, Store, TopicLine
    from .jobs.service import JobService
    from .process.commands import CommandTable
    from .settings import Settings
    from .transports.shares import Shares
    from .transports.sidecar import Sidecar
    from .transports.threaded import HttpTransport
    from .transports.unbound import Unbound
    from .workers.worker import Worker

_STORE: Final = "store-{0}.db"  # in the folder of the workers, of each server of a program
_COUNT: Final = (
    "workers is a number from 1 on, or None for one process without a supervisor, not {0!r}"
)
_HOSTED: Final = "a server without an address is called by another one, which has the workers"
_THREAD: Final = "workers={0} belongs into the serve_forever of the main thread"
_INTERACTIVE: Final = (
    "workers={0} starts the program {0} times, and this is none that can be started again: put it "
    "into a file"
)
_OTHER: Final = (
    "each worker runs the whole program, with the server at {0} too: give that workers={1} as "
    "well, or a program of its own"
)
_MEMORY: Final = (
    "workers={0}: this store is in the memory of one process, and others do not see it; leave it "
    'out, or give SQLiteStore("app.db") or a RedisStore'
)
_NO_WORKERS: Final = "workers={0}: this system cannot share a port, serves in one process"
_LATER: Final = "workers={0}: begins to serve with serve_forever"
_UNFAIR: Final = "workers: connections are taken by whoever is first, there is no file for it: {0}"
_ISOLATION: Final = (
    'isolation="{0}" keeps an app in one worker, and its pages come to any of them: leave it out, '
    'or use "process"'
)


class WorkerMethods:
    """Base of ``QuickServer``; see there for the arguments."""

    commands: CommandTable
    history_file: str
    max_chunk_size: int
    server_port: int
    log: MessageLog
    no_command_loop: bool
    prompt: str
    settings: Settings

    _transport: HttpTransport | Unbound
    _workers: int | None
    _worker: Worker | None  # this process is one, and the server is one of its own
    _is_first: bool  # this process ends when it would begin to serve

    def _set_up_workers(self, workers: int | None, *, bound: bool) -> None:
        """Find out which part this process has.

        Raises:
            ConfigurationError: ``workers`` cannot be.

        """
        if workers is not None and (type(workers) is not int or workers < 1):
            raise ConfigurationError(_COUNT.format(workers))
        self._workers, self._worker, self._is_first = workers, None, False
        if INHERITS:
            self._be_worker(bound)
        if workers is None or self._worker is not None:
            return
        if not bound:
            raise ConfigurationError(_HOSTED)
        from .process.handover import SUPPORTED

        if not SUPPORTED:
            self.log.message(_NO_WORKERS.format(workers))
        self._is_first = SUPPORTED and not _reloads()

    def _be_worker(self, bound: bool) -> None:
        from .workers.worker import this_worker

        worker = this_worker()
        if worker and bound and (self._workers is not None or worker.all_servers):
            self._worker = worker
            self._workers = worker.count
            worker.patience = max(worker.patience, self.settings.shutdown_timeout)

    @property
    def worker(self) -> int | None:
        """Which of the workers this process is, from 1 on; None: it is none of several."""
        return None if self._worker is None else self._worker.index

    def _shared_store(self, given: Store | None) -> Store | None:
        """The store of the server: what was given, or one that all workers see.

        Raises:
            ConfigurationError: what was given is in memory.

        """
        if self._workers is None:
            return given
        if given is not None and not given.shared:
            raise ConfigurationError(_MEMORY.format(self._workers))
        if given is not None or self._worker is None or not self._worker.folder:
            return given
        from .stores.sqlite import SQLiteStore

        path = f"{self._worker.folder}/{_STORE.format(self._worker.next_store())}"
        self._own_store = SQLiteStore(path, max_value=self.settings.max_stored_value)
        return self._own_store

    def _close_own_store(self) -> None:
        store: Any = getattr(self, "_own_store", None)
        if store is not None:
            store.close()

    def _isolation(self, asked: str | None) -> str:
        """How an app is kept.

        Raises:
            ConfigurationError: the other workers could not reach it.

        """
        if self._workers is None:
            return "thread" if asked is None else asked
        if asked not in (None, "process"):
            raise ConfigurationError(_ISOLATION.format(asked))
        return "process"

    # -- the first process -------------------------------------------------------------------------

    def _wait_for_workers(self) -> bool:
        """Whether it is too early to serve, which the log tells."""
        if self._is_first:
            self.log.message(_LATER.format(self._workers))
        return self._is_first

    def _become_supervisor(self) -> None:
        """End the program, whose process goes on as the supervisor. Nothing in other processes.

        Raises:
            ConfigurationError: there is nothing that could be started again.
            SystemExit: in the first process.

        """
        if not self._is_first:
            return
        if threading.current_thread() is not threading.main_thread():
            raise ConfigurationError(_THREAD.format(self._workers))
        if hasattr(sys, "ps1") or hasattr(sys.modules["builtins"], "__IPYTHON__"):
            raise ConfigurationError(_INTERACTIVE.format(self._workers))
        from .process.listening import listening

        for server in listening().servers():
            if isinstance(server, WorkerMethods) and server._workers is None:
                place = getattr(server, "server_address", "")
                raise ConfigurationError(_OTHER.format(place, self._workers))
        from .process.clean_start import clean_start
        from .process.restart import get_exec_arr, request_restart

        command = get_exec_arr()
        given = {"count": self._workers, "start_limit": self.settings.worker_start_timeout}
        start = clean_start(command[0], "quick_htag.workers.main", command, **given)
        request_restart(self.log, start)
        raise SystemExit(0)

    # -- a worker ----------------------------------------------------------------------------------

    def _command_log(self) -> Log:
        """Where commands say what they have to say."""
        if self._worker is None:
            return self.log
        from .workers.answers import CommandLog

        self._commands_log = CommandLog(self.log)
        return self._commands_log

    def _join_workers(self) -> None:
        """Answer the other workers from now on, and show the supervisor that the threads live."""
        worker = self._worker
        if worker is None:
            return
        from .workers.answers import Answers

        server: Any = self
        self._worker_answers = Answers(server, self.commands, self._commands_log, worker)
        self._worker_answers.add_own(self._channel)
        worker.watch(self._comes_round)

    @property
    def _channel(self) -> str:
        """Begins the names of what is for this server only, of several in one program."""
        return f"{self.server_port} "

    def _be_asked(self) -> None:
        """Answer the supervisor from now on, and tell it that this process serves."""
        worker = self._worker
        if worker is None:
            return
        self._worker_answers.add_all()
        worker.ready(
            prompt=self.prompt,
            history_file=self.history_file,
            no_command_loop=self.no_command_loop,
            patience=worker.patience,
            timeout=self.settings.worker_timeout,
        )

    def _comes_round(self, timeout: float) -> bool:
        """Whether the threads that all requests and all pages need do something.

        Args:
            timeout: seconds to wait for that.

        """
        deadline = Deadline(timeout)
        sidecar: Sidecar | None = made(self, "_sidecar")
        passed = threading.Event()
        if sidecar is None or not sidecar.post(passed.set):
            passed.set()
        return self._transport.comes_round(timeout) and passed.wait(deadline.remaining())

    def _worker_line(self) -> TopicLine | None:
        """Carries topics to the other workers; None: there are none."""
        if self._worker is None:
            return None
        from .workers.topic_line import WorkersLine

        return WorkersLine(self._worker, self._channel)

    def _share_jobs(self, service: JobService) -> None:
        """Let jobs be asked for by way of any worker."""
        if self._worker is None:
            return
        from .jobs.siblings import LONGEST_PIECE, SiblingAnswers, Siblings

        channel = self._channel
        service.siblings = Siblings(self._worker.ask_all, channel)
        self._worker.answers |= SiblingAnswers(service).answers(channel)
        self.max_chunk_size = min(self.max_chunk_size, LONGEST_PIECE)

    def _shares(self) -> Shares | None:
        """Of the connections; None: all are ours."""
        worker = self._worker
        if worker is None or worker.index is None or worker.count == 1:
            return None
        from .transports.shares import Shares

        path = f"{worker.folder}/connections-{self.server_port}"
        try:
            return Shares(path, worker.index - 1, worker.count)
        except OSError as error:
            self.log.message(_UNFAIR.format(error))
            return None

    def _readers(self) -> dict[str, Callable[..., Any]]:
        """What gives the monitor its numbers: those of all workers."""
        if self._worker is None:
            return super()._readers()  # type: ignore[misc,no-any-return]
        from .workers.all_workers import readers

        return readers(self._worker, self._channel)

    def _monitor_token(self, path: str) -> str | None:
        if self._worker is None:
            return None
        from .workers.all_workers import token_for

        return token_for(self._worker, f"{self._channel}{path}")

    def _all_end(self) -> bool:
        """Whether all workers end, and with them everything in the store that they share."""
        own = getattr(self, "_own_store", None) is not None
        return own and self._worker is not None and self._worker.all_end

    def _tell_of_end(self) -> None:
        """Where ``done`` was set by the program, it wants to end, with all workers."""
        worker = self._worker
        if worker is not None:
            worker.over = True
            if not worker.asked:
                worker.tell({"quit": True})


def _reloads() -> bool:
    """Whether a parent starts the program again after changes: one process then."""
    if not INHERITS:
        return False
    from .process.watched import watched

    return bool(watched())
