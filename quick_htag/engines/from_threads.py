"""Apps changed by threads that are not theirs: what is pushed, and how others are kept out.

Rules of this file: nothing of an app runs here but on its own thread; a push never waits, neither
for that thread nor for a browser; pushes that come before the thread gets to them become one.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from .base import InstanceContext

T = TypeVar("T")

HOME = "_quick_htag_home"  # attribute of the root tag of a hosted app
ENTER_LIMIT = 10.0  # seconds a thread waits until the app has a moment for it
HOLD_LIMIT = 60.0  # seconds a thread may keep the app waiting
ATTEMPTS = 5  # to render what another thread changes at the same time
# the loop that runs on this thread; None: a plain thread. Each change of a tag asks
running_loop: Callable[[], asyncio.AbstractEventLoop | None] = asyncio._get_running_loop
_CHANGED = "changed size during iteration"  # how Python says that this happened


class Owner(Protocol):
    """The instance whose home it is."""

    def push_changes(self, things: list[Any]) -> object:
        """Push what was asked for, in the order in which it was first. Session thread."""

    def ended(self) -> bool:
        """Whether the instance has ended. Any thread."""


class Home:
    """The thread of one instance, for those on others; built there, with its loop running.

    Args:
        owner: the instance.
        host: what the host has given it; told when a push fails, and of threads that keep the app
            waiting too long.
        interval: seconds between two pushes.
        context: copies of it are that of what is called; None: of the one it is built in.

    """

    def __init__(
        self,
        owner: Owner,
        host: InstanceContext,
        interval: float = 0.0,
        context: contextvars.Context | None = None,
    ) -> None:
        self._owner = owner
        self._host = host
        self._interval = interval
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._context = contextvars.copy_context() if context is None else context
        self._lock = threading.Lock()  # guards _waiting, _answers and _asked
        self._waiting: dict[int, Any] = {}  # by id, in order
        self._answers: list[Future[bool]] | None = None  # of those who want to know, mostly nobody
        self._asked = False  # a flush is on its way
        self._not_before = 0.0  # loop time of the next flush; its thread only
        self._holder: int | None = None  # ident of the thread that keeps the app waiting

    def asker(self) -> str | None:
        """The id of the page whose event the current task handles; None: it handles none."""
        return self._host.asker()

    def save(self, data: Any, filename: str, content_type: str) -> bool:
        """Have one page save something, see ``downloads.download``."""
        return self._host.save(data, filename, content_type)

    def follow(self, follower: Callable[..., object]) -> str:
        """Have a function told of an upload, see ``followed_uploads.follow_upload``."""
        return self._host.follow(follower)

    @property
    def desk(self) -> Any:
        """What helpers of the app need, a ``guis.desk.Desk``; None: there is none."""
        return self._host.desk

    def is_current(self) -> bool:
        """Whether the caller runs on the loop of the instance."""
        return runs_here(self._loop, self._thread)

    def lives(self) -> bool:
        """Whether the instance has not ended. Any thread."""
        return not self._owner.ended()

    def push(self, thing: Any, answer: Future[bool] | None = None) -> bool:
        """Let ``thing`` be flushed soon. Any thread; never waits.

        Args:
            thing: what ``flush`` gets.
            answer: told how it went: whether the instance lived, or the exception.

        Returns:
            whether the instance lives, so that its pages get it, now or when they are back.

        """
        if self._owner.ended():
            return False
        with self._lock:
            self._waiting.setdefault(id(thing), thing)
            if answer is not None:
                if self._answers is None:
                    self._answers = []
                self._answers.append(answer)
            if self._asked:
                return True
            self._asked = True
        return self._post(self._arrived)

    def call(self, function: Callable[[], object]) -> bool:
        """Call a function of the app on its thread, soon; what it raises is reported. Any thread.

        Returns:
            whether the instance lives.

        """

        def calling() -> None:
            if self._owner.ended():
                return
            try:
                function()
            except Exception as error:  # noqa: BLE001 the app's own code
                self._host.error("a function of the app failed", error)

        return not self._owner.ended() and self._post(calling)

    def _post(self, function: Callable[[], object]) -> bool:
        try:
            self._loop.call_soon_threadsafe(function, context=self._context.copy())
        except RuntimeError:  # the loop is closed: the session has ended
            return False
        return True

    def _arrived(self) -> None:
        delay = self._not_before - self._loop.time()
        if delay > 0.0:
            self._loop.call_later(delay, self._flush)
        else:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            things, answers = list(self._waiting.values()), self._answers or ()
            self._waiting.clear()
            self._answers = None
            self._asked = False
        alive = not self._owner.ended()
        self._not_before = self._loop.time() + self._interval
        failure = self._flush_all(things) if alive else None
        for answer in answers:
            if not answer.set_running_or_notify_cancel():
                continue
            if failure is None:
                answer.set_result(alive)
            else:
                answer.set_exception(failure)

    def _flush_all(self, things: list[Any]) -> BaseException | None:
        """Flush together, or one by one when that fails; the last failure."""
        try:
            self._owner.push_changes(things)
        except Exception as error:  # noqa: BLE001 the app's render(), it may raise anything
            if len(things) > 1:
                failures = [self._flush_all([thing]) for thing in things]
                return next((one for one in reversed(failures) if one is not None), None)
            self._host.error("a change could not be pushed", error)
            return error
        return None

    @contextmanager
    def held(self, timeout: float) -> Iterator[None]:
        """Keep the app waiting while the block runs; nothing of it runs meanwhile.

        Raises:
            TimeoutError: its thread was busy for ``timeout`` seconds.

        """
        if self.is_current() or self._holder == threading.get_ident():
            yield
            return
        entered, left = threading.Event(), threading.Event()

        def wait() -> None:
            entered.set()
            if not left.wait(HOLD_LIMIT):
                self._host.error(f"a changing() block took longer than {HOLD_LIMIT} s", None)

        if not self._post(wait) or not entered.wait(timeout):
            left.set()  # should its turn come yet
            if not self._owner.ended():
                raise TimeoutError(f"the app was busy for {timeout} s")
            yield  # nobody else is there
            return
        self._holder = threading.get_ident()
        try:
            yield
        finally:
            self._holder = None
            left.set()


def runs_here(loop: asyncio.AbstractEventLoop, thread: int) -> bool:
    """Whether a loop runs on this thread.

    Args:
        loop: which.
        thread: ident of the thread it runs on. Another one may get it when that has ended.

    Up to Python 3.11 it takes a system call to learn which loop runs here, 0.24 us.
    """
    return threading.get_ident() == thread and loop.is_running()


def home_of(tag: Any) -> Home | None:
    """The home of the app a tag is in; None when it is in none, or its app is not hosted here."""
    root = tag.root
    home = None if root is None else root.__dict__.get(HOME)
    return home if isinstance(home, Home) else None


def push(tag: Any) -> bool:
    """Send what has changed in ``tag`` to the pages of its app, soon. Any thread; never waits.

    With htag 1 the whole tag is sent, with htag 2 what has changed anywhere in its app. Calls that
    come faster than pages need them are one.

    Args:
        tag: a tag in an app, or the app.

    Returns:
        whether the app lives; False: it has ended, or the tag is in no app, so stop changing it.

    """
    home = home_of(tag)
    return home is not None and home.push(tag)


@contextmanager
def changing(tag: Any, timeout: float = ENTER_LIMIT) -> Iterator[bool]:
    """Change an app from any thread as one step, pushed at its end.

    While the block runs, no handler and no task of the app does, nor is a page rendered; so keep it
    short, and do not wait in it for anything the app does. On the thread of the app itself it only
    pushes.

    Args:
        tag: a tag in an app, or the app; with htag 1 it is what is pushed.
        timeout: seconds to wait until the app has a moment for it.

    Returns:
        for ``as``: whether the app lives, as ``push`` tells.

    Raises:
        TimeoutError: the app was busy for that long.

    """
    home = home_of(tag)
    if home is None:
        yield False
        return
    with home.held(timeout):
        try:
            yield home.lives()
        finally:
            home.push(tag)


def was_changed(error: RuntimeError) -> bool:
    """Whether this says that another thread changed what was walked over."""
    return _CHANGED in str(error)


class Steady(Generic[T]):
    """A function, called again when another thread changed what it was walking over.

    Every app has some of these, so they are no closures: that would be three objects of each more,
    for the collector to look at.

    Args:
        function: it.

    """

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., T]) -> None:
        self._function = function

    def __call__(self, *args: Any) -> T:
        try:
            return self._function(*args)
        except RuntimeError as error:
            if not was_changed(error):
                raise
        for _ in range(ATTEMPTS - 2):
            try:
                return self._function(*args)
            except RuntimeError as error:
                if not was_changed(error):
                    raise
        return self._function(*args)
