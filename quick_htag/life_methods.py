"""The life of a server: serving, restarting, stopping."""

from __future__ import annotations

import sys
import threading
import weakref
from typing import TYPE_CHECKING

from .accept_methods import AcceptMethods
from .command_methods import CommandMethods
from .deadline import Deadline
from .ending_methods import EndingMethods
from .errors import ConfigurationError
from .gui_methods import GuiMethods
from .later import made
from .operated import Operated
from .process.main_thread import Ending
from .process.owner import Owner
from .process.shutdown import stop_signals
from .socket_methods import SocketMethods
from .worker_methods import WorkerMethods

if TYPE_CHECKING:
    from .isolation.processes import Processes
    from .jobs.service import JobService
    from .process.mirror import Mirrors
    from .process.prompt import Prompt
    from .topics.table import Topics

_COMMAND_END = 1.0  # seconds for a command that runs
_STOPS = (1001, "the server stops")  # close codes of websockets, RFC 6455 section 7.4.1 ...
_RESTARTS = (1012, "the server restarts")  # ... and its registry


class LifeMethods(
    EndingMethods,
    CommandMethods,
    WorkerMethods,
    GuiMethods,
    Operated,
    SocketMethods,
    AcceptMethods,
):
    """Base of ``QuickServer``; see there for the attributes."""

    history_file: str
    no_command_loop: bool
    prompt: str

    def _set_up_life(self) -> None:
        self._done = Ending()  # of serve_forever
        self._life_lock = threading.Lock()  # guards the two below
        self._stopping = False
        self._reader: Prompt | None = None
        self._stopped = threading.Event()  # every thread has ended, or was given up

    @property
    def done(self) -> bool:
        """Whether the server stops or has stopped; set it to make ``serve_forever`` return."""
        return self._done.is_set()

    @done.setter
    def done(self, value: bool) -> None:
        if value:
            self._done.set()
        elif self._done.is_set():
            raise ConfigurationError(
                "a server that was stopped does not start again, make a new one"
            )

    def _finish(self) -> None:
        self._done.set()

    def _end_at_once(self) -> None:
        """Called by the handler of a second signal; takes no lock."""
        if self._worker is not None:
            self._worker.at_exit()
        self._restore_terminal()

    def _end_by_signal(self) -> None:
        if self._worker is not None:
            self._worker.asked = True  # a signal means this process; "done" would mean all
        self._done.set()

    def _add_builtin_commands(self) -> None:
        from .operating_commands import add_operating_commands

        self.commands.add_builtins(restart=self._restart_by_command, quit=self._finish)
        add_operating_commands(self, self.commands, self.commands.log)

    def _restart_by_command(self) -> None:
        from .process.restart import source_errors

        errors = source_errors()
        if errors:
            self.commands.log.message(f"restart: refused, this server goes on\n{errors.rstrip()}")
        else:
            self.restart()

    def restart(self) -> None:
        """Stop, and start the program again when it ends; clients wait meanwhile.

        Of several workers all are replaced, one after another.
        """
        if self._worker is not None:
            self._worker.tell({"restart": True})
            return
        from .process.restart import request_restart

        request_restart(self.log)
        self._done.set()

    def register_shutdown(self) -> None:
        """Let a signal that ends the program set ``done``; see ``setup_shutdown``."""
        server = weakref.ref(self)

        def finish() -> None:
            found = server()
            if found is not None:
                found.done = True

        from .process.hooks import add_shutdown_hook

        add_shutdown_hook(finish)

    def start(self) -> None:
        """Serve on threads of its own and return at once, without a prompt and signals.

        With ``workers``, the first process of the program does not serve.
        """
        if self._wait_for_workers():
            return
        self._transport.start()
        self._join_workers()
        processes: Processes | None = made(self, "_processes")
        if processes is not None:
            processes.start()

    def serve_forever(self, poll_interval: float = 0.5, *, reload: bool = False) -> None:
        """Serve until ``quit``, CTRL-C, SIGTERM, ``done`` or ``shutdown``, then stop everything.

        Signals are handled when this is the main thread.

        Args:
            poll_interval: not needed.
            reload: start the program again whenever one of its files changes, for development. The
                first time, the program ends here, to be started by a parent that watches; with
                ``setup_reload`` at the top of the script it has nothing to end.

        Raises:
            ConfigurationError: ``reload`` off the main thread, or in a notebook.
            SystemExit: with ``reload``, in the first process.

        """
        if reload:
            from .process.watched import reload_on_change

            reload_on_change(self.log)
        self._become_supervisor()
        owner = Owner()
        try:
            with stop_signals(self._end_by_signal, restore=self._end_at_once):
                self.start()
                owner.begin(self._is_answering)
                self._be_asked()
                self.start_cmd_loop()
                self._done.wait()
                self._tell_of_end()
        finally:
            owner.end(restarting=self._is_restarting())
            self._stop_prompt(_COMMAND_END)
            self.shutdown()

    def _is_answering(self) -> bool:
        return self._transport.connection_kinds()["busy"] > 0

    def start_cmd_loop(self) -> None:
        """Read commands on a thread of their own, unless ``no_command_loop``; again does nothing.

        ``serve_forever`` does it; a script that does not call that may do it itself.
        """
        if not self.no_command_loop and self._worker is None:  # whose supervisor has one for all
            prompt = self._prompt()
            if prompt is not None:
                prompt.start()

    def _prompt(self) -> Prompt | None:
        """What reads the commands; None: the server stops."""
        from .process.prompt import Prompt  # a service has none

        with self._life_lock:
            if self._reader is None and not self._stopping:
                self._reader = Prompt(
                    self.commands,
                    self.log,
                    prompt=lambda: self.prompt,
                    history_file=lambda: self.history_file,
                    finished=self._done.is_set,
                    on_eof=self._no_more_commands,
                    on_interrupt=self._finish,
                )
            return self._reader

    def _restore_terminal(self) -> None:
        """Without the lock: a signal may have interrupted who holds it."""
        if self._reader is not None:
            self._reader.restore_terminal()

    def _stop_prompt(self, timeout: float) -> None:
        with self._life_lock:
            prompt = self._reader
        if prompt is not None:
            prompt.stop(timeout)

    def _no_more_commands(self) -> None:
        self.no_command_loop = True

    def shutdown(self) -> None:
        """Stop: finish requests under way, end the GUIs, close every connection, end every thread.

        Safe to call twice and at any moment. Returns when the threads have ended, or have had
        ``settings.shutdown_timeout`` seconds; called on one of those threads, by an endpoint or an
        app say, it returns at once and the server stops meanwhile.
        """
        self._done.set()
        with self._life_lock:
            first, self._stopping = not self._stopping, True
        ours = self._transport.is_member() or self._on_session_thread()
        parts = [made(self, name) for name in ("_hosted", "jobs", "_handlers")]
        ours = ours or any(part is not None and part.is_member() for part in parts)
        if first and ours:
            threading.Thread(target=self._stop_all, name="quick_htag-stop", daemon=True).start()
        elif first:
            self._stop_all()
        elif not ours:
            self._stopped.wait(self.settings.shutdown_timeout * 2)

    def _stop_all(self) -> None:
        deadline = Deadline(self.settings.shutdown_timeout)
        restarting = self._is_restarting()
        reason = _RESTARTS if restarting else _STOPS
        self._end_later_ones(reason)
        self._stop_prompt(0.0)
        self._transport.drain(self.settings.restart_grace if restarting else 0.0)
        if restarting and self._transport.started:
            self.log.message("restart: finishes what has begun, new clients wait")
        else:
            self.socket.close()  # new clients are refused at once, and need not wait for that
        self.app.drain(self.settings.shutdown_timeout * 0.8)  # so that their ends are still sent
        try:
            self._stop_channels(deadline, reason)
            if not self._transport.stop(max(deadline.remaining() or 0.0, 0.5)):
                self.log.message("some requests did not end in time and were left behind")
            self._end_hosting(max(deadline.remaining() or 0.0, 0.5))
            jobs: JobService | None = made(self, "jobs")
            if jobs is not None and not jobs.close(max(deadline.remaining() or 0.0, 0.5)):
                self.log.message("some jobs did not end in time and were left behind")
            topics: Topics | None = made(self, "topics")
            topics_end = Deadline(max(deadline.remaining() or 0.0, 0.5))
            if topics is not None and not topics.close(topics_end):
                self.log.message("some listeners of topics did not end and were left behind")
            self.app.close()
            mirrors: Mirrors | None = made(self, "_mirrors")
            if mirrors is not None:
                mirrors.close()
            self._stop_prompt(max(deadline.remaining() or 0.0, 0.5))
        finally:
            self._stopped.set()

    def server_close(self) -> None:
        """Stop, if that has not happened, and release the port. Safe to call twice."""
        if hasattr(self, "_transport"):  # binding failed: there is nothing to stop
            self.shutdown()
            self._transport.stop(0.0)  # requests left behind may have ended by now
        super().server_close()
        self._close_own_store()

    def _is_restarting(self) -> bool:
        if self._worker is not None and self._worker.leaving:
            return True
        if f"{__package__}.process.restart" not in sys.modules:
            return False  # nobody can have asked for it
        from .process.restart import restart_requested

        return restart_requested()
