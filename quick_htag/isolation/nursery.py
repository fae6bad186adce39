"""Where the processes of one bound app come from: copies of a template, or started anew.

A process that is started costs a fifth of a second of a processor and 25 MB; a copy of one that has
loaded the app (``template``) a hundredth, and what both have not changed since is there once.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..deadline import Deadline, monotonic
from ..errors import AppFailed
from .adopted import AdoptedProcess
from .launch import AppProcess, described

if TYPE_CHECKING:
    from ..interfaces import Log
    from .link import Link, Value

_FORK_LIMIT: Final = 10.0  # seconds for a template that has loaded the app to make one more
_HANGS: Final = (
    "{0}: the process that others are copied from has made none for {1:g} s: it is killed, and who "
    "waits gets one that is started anew"
)
_LOAD_TRIES: Final = 3  # a template that loads the app for so many start timeouts never will
_LOADS: Final = (
    "{0}: the process that others are copied from has loaded the app for {1:g} s and is not done: "
    "it is killed, and who waits gets one that is started anew"
)
_BORN: Final = 5.0  # seconds for a process that has said that it is ready to have a number here
_ENDS: Final = 1.0  # seconds for a template to tell how one that has ended did so
_KILLED: Final = 5.0  # seconds for the system to end a process that was killed


class MadeProcess:
    """A process that is being made, or is there; see ``AppProcess``. Any thread.

    Args:
        config: what ``child.main`` is given.
        check: called with it while it is not there yet.

    Attributes:
        config: see above.
        since: monotonic time in seconds at which it was asked for.
        unwanted: it was killed, perhaps before it was there.

    """

    def __init__(self, config: dict[str, Any], check: Callable[[MadeProcess], object]) -> None:
        self.config = config
        self.since = monotonic()
        self.unwanted = False
        self._check = check
        self._lock = threading.Lock()  # guards unwanted and _process
        self._there = threading.Event()
        self._process: AppProcess | AdoptedProcess | None = None
        self._told = threading.Event()
        self._code: int | None = None  # as the template has told
        self._failure = ""

    @property
    def pid(self) -> int:
        """Its number; 0: there is none. Waits until it is there."""
        self._there.wait(_BORN)
        return 0 if self._process is None else self._process.pid

    def born(self, process: AppProcess | AdoptedProcess) -> None:
        """It is there."""
        with self._lock:
            known = self._process is not None
            if not known:
                self._process = process
            killed = self.unwanted
        self._there.set()
        if known:
            process.let_go()
        elif killed:  # nobody has waited for one that was not there
            _end(process, _KILLED)

    def failed(self, text: str) -> None:
        """There will be none."""
        self._failure = text
        self._there.set()

    def ended(self, code: int) -> None:
        """It has."""
        self._code = code
        self._told.set()

    def is_alive(self) -> bool:
        """Whether it has not ended; it counts while it is being made."""
        if not self._there.is_set():
            self._check(self)
        process = self._process
        return not self._failure if process is None else process.is_alive()

    def wait(self, timeout: float) -> bool:
        """Wait for its end; False: the seconds are over."""
        deadline = Deadline(timeout)
        if not self.unwanted:
            self._there.wait(timeout)
        process = self._process
        if process is None:
            return self.unwanted or bool(self._failure)
        return process.wait(deadline.remaining() or 0.0)

    def kill(self) -> None:
        """End it now, with what it has started; again is harmless."""
        with self._lock:
            self.unwanted = True
            process = self._process
        if process is not None:
            process.kill()

    def let_go(self) -> None:
        """Do without it from now on."""
        if self._process is not None:
            self._process.let_go()

    def ending(self) -> str:
        """How it has ended, for messages. Waits for the template, which is told after others."""
        if isinstance(self._process, AdoptedProcess) and not self._process.is_alive():
            self._told.wait(_ENDS)
        if self._code is not None:
            return described(self._code)
        return self._failure if self._process is None else self._process.ending()


class Nursery:
    """Of one bound app; a ``link.Server`` of its template. Any thread.

    Args:
        name: of the app, for the log.
        python: the interpreter; None: ours.
        forks: whether copies are wanted.
        introduce: gives a template a name and a secret, with which it connects.
        log: told why there are no copies.
        timeout: seconds in which a process is to have loaded the app.

    """

    def __init__(
        self,
        name: str,
        python: str | None,
        forks: bool,
        introduce: Callable[[Nursery], dict[str, str]],
        log: Log,
        timeout: float,
    ) -> None:
        self._name = name
        self._python = python
        self._forks = forks and sys.platform == "linux"
        self._introduce = introduce
        self._log = log
        self._load_limit = timeout * _LOAD_TRIES
        self._serials = itertools.count(1)
        self._lock = threading.Lock()  # guards all that follows
        self._template: AppProcess | None = None
        self._link: Link | None = None
        self._begun = 0.0  # monotonic time in seconds
        self._fit_since: float | None = None  # since when the template can make others; None: not
        self._pending: dict[int, MadeProcess] = {}
        self._living: dict[int, MadeProcess] = {}  # by number
        self._closed = False

    @property
    def template(self) -> AppProcess | None:
        """The process that is copied; None: there is none."""
        return self._template

    def start(self, config: dict[str, Any]) -> AppProcess | MadeProcess:
        """A new process; does not wait until it is there.

        Raises:
            AppFailed: the interpreter cannot be started.

        """
        if not self._forks:
            return AppProcess(self._python, config)
        made = MadeProcess(config, self._look)
        with self._lock:
            serial = next(self._serials)
            self._pending[serial] = made
            if self._template is None and not self._closed:
                try:
                    self._begin(config)
                except AppFailed:
                    del self._pending[serial]
                    raise
            link = self._link
        if link is not None:
            link.note("fork", serial=serial, config=config)
        return made

    def _begin(self, config: dict[str, Any]) -> None:
        """Start a template; the lock is held."""
        told = {**config, "template": True, **self._introduce(self)}
        self._template, self._begun = AppProcess(self._python, told), monotonic()

    def close(self, timeout: float) -> None:
        """End the template; its copies go on."""
        with self._lock:
            self._closed = True
            template, link = self._template, self._link
        if link is not None:
            link.close()
        if template is not None:
            _end(template, timeout)

    # -- the template; on the thread of the hub ----------------------------------------------------

    def join(self, link: Link) -> None:
        """It has connected, and takes orders when it has loaded the app."""
        with self._lock:
            self._link = link
            waiting = list(self._pending.items())
        for serial, made in waiting:
            link.note("fork", serial=serial, config=made.config)

    def asked(self, link: Link, talk: int, name: str, value: Value) -> None:
        """Refuse: it asks nothing."""
        raise KeyError(name)

    def noted(self, link: Link, name: str, value: Value) -> None:
        """Take note of what it has done."""
        if name == "forked":
            self._born(int(value["serial"]), int(value["pid"]))
        elif name == "ended":
            with self._lock:
                made = self._living.pop(int(value["pid"]), None)
            if made is not None:
                made.ended(int(value["code"]))
        elif name == "refused":
            with self._lock:
                made = self._pending.pop(int(value["serial"]), None)
            if made is not None:
                made.failed(f"no process can be made: {value['text']}")
        elif name == "fit":
            self._fit_since = monotonic()
        elif name == "log":
            self._log.message(str(value["text"]))
        elif name == "unfit" and not value["again"]:
            self._forks = False
            self._log.message(
                f"{self._name}: each of its processes is started anew, which takes longer than "
                f"a copy, since {value['text']}"
            )

    def _born(self, serial: int, pid: int) -> None:
        with self._lock:
            made = self._pending.pop(serial, None)
            if made is not None:
                self._living[pid] = made
        if made is not None:
            made.born(AdoptedProcess(pid))

    def lost(self, link: Link) -> None:
        """It has ended; see ``link.Server``."""
        with self._lock:
            template = self._template if link is self._link else None
        if template is not None:  # else it was given up already, and there may be a new one
            self._over(template)

    def _over(self, template: AppProcess | None) -> None:
        """What it has not made is started anew; the next one comes with the next visitor."""
        with self._lock:
            if self._template is not template:  # somebody else has seen it, too
                return
            self._template, self._link, self._fit_since = None, None, None
            waiting = [made for made in self._pending.values() if not made.unwanted]
            self._pending, closed = {}, self._closed
        if template is not None:
            _end(template, _KILLED)
        for made in waiting:
            if closed:
                made.failed("the server stops")
            else:
                self._start_anew(made)

    def _start_anew(self, made: MadeProcess) -> None:
        try:
            made.born(AppProcess(self._python, made.config))
        except AppFailed as error:
            made.failed(str(error))

    def _look(self, made: MadeProcess) -> None:
        """Somebody waits: a template that has ended before it has connected tells nobody.

        Nor does one that hangs, in what a module does when it is imported, or a library at a fork.
        """
        template, fit, now = self._template, self._fit_since, monotonic()
        if template is None:
            return
        if self._link is None and not template.is_alive():
            self._over(template)
        elif fit is None and now - self._begun > self._load_limit:
            self._log.message(_LOADS.format(self._name, self._load_limit))
            self._over(template)
        elif fit is not None and now - max(made.since, fit) > _FORK_LIMIT:
            self._log.message(_HANGS.format(self._name, _FORK_LIMIT))
            self._over(template)


def _end(process: AppProcess | AdoptedProcess, timeout: float) -> None:
    """Kill a process, and see to its end; a busy machine may need longer than we wait."""
    process.kill()
    if not process.wait(timeout):
        process.let_go()
