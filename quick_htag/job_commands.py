"""The ``jobs`` commands of the prompt: list the jobs, look at one, cancel it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .interfaces import Log
from .monitor.rows import JobRow, cell, kinds
from .monitor.tables import size
from .process.commands import CommandTable
from .row_commands import SELECTION, details, one_of, selecting, shown

if TYPE_CHECKING:
    from .monitor_methods import MonitorMethods

_LIST = f"""List the jobs that wait, run, or have a result nobody has fetched.

{SELECTION}"""


class JobCommands:
    """They run on the command thread.

    Args:
        server: whose jobs they are.
        log: where the answers go.

    """

    def __init__(self, server: MonitorMethods, log: Log) -> None:
        self._server = server
        self._log = log

    def add_to(self, commands: CommandTable) -> None:
        """Register the commands, unless the user has some of the same names."""
        complete, ids = selecting(JobRow, "show", "cancel"), one_of(self._ids)
        show = shown(self._log, JobRow, self._server.list_jobs, "jobs")
        add = commands.add
        add("jobs", show, None, complete, replace=False, usage="[WORD ...]", help=_LIST)
        add("jobs_show", self.show, 1, ids, replace=False, usage="ID")
        add("jobs_cancel", self.cancel, 1, ids, replace=False, usage="ID")

    def show(self, args: list[str]) -> None:
        """Show what is known of one job, but neither its arguments nor its result."""
        job = self._server._job(args[0])
        if job is None:
            self._nobody(args[0])
            return
        rows = [row for row in self._server.list_jobs() if job.token.endswith(row.job)]
        lines = [
            (name, cell(getattr(row, name), kind))
            for row in rows[:1]
            for name, kind in kinds(JobRow).items()
        ]
        if job.items:
            lines.append(("items", str(len(job.items))))
        if job.result is not None:
            lines.append(("result", size(len(job.result))))
        if job.failure is not None:
            said = job.failure.message or ""
            lines.append(("failure", f"{job.failure.status} {said}"))
        self._log.message(details(lines))

    def cancel(self, args: list[str]) -> None:
        """Stop one job, or forget the result that nobody has fetched."""
        job = self._server._job(args[0])
        if job is None or not self._server.cancel_job(job.token):
            self._nobody(args[0])
        else:
            self._log.message(f"job {job.token[-6:]} cancelled")

    def _nobody(self, job_id: str) -> None:
        self._log.message(f"no single job ends with {job_id}; jobs lists them")

    def _ids(self) -> list[str]:
        return [row.job for row in self._server.list_jobs()]
