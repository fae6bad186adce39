"""Questions that the page asks in a dialog, and their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from ..engines.from_threads import running_loop
from ..errors import ConfigurationError, GuiError
from .home import desk_of

if TYPE_CHECKING:
    from ..guis.desk import Desk, Question

T = TypeVar("T")

TIMEOUT: Final = 300.0  # seconds in which a question is answered


class Answer(Generic[T]):
    """What a visitor is going to answer. To be awaited, waited for, or left to a callback.

    Args:
        desk: of the app.
        message: what the page shows.
        read: makes the value of what the page has sent; ValueError: it makes no sense.
        nothing: the value when nobody has answered in time.
        then: called with the value, as an event handler of the app; None: nobody.
        timeout: seconds.

    """

    def __init__(
        self,
        desk: Desk,
        message: Mapping[str, Any],
        read: Callable[[Any], T],
        nothing: T,
        then: Callable[[T], Any] | None,
        timeout: float,
    ) -> None:
        if not timeout > 0.0:
            raise ConfigurationError(f"timeout is in seconds above 0, not {timeout!r}")
        self._desk = desk
        self._read = read
        self._nothing = nothing
        self._question: Question = desk.ask(message, timeout)
        if then is not None:
            self._question.answer.add_done_callback(partial(self._call, then))

    def _call(self, then: Callable[[T], Any], _: object) -> None:
        """Any thread."""
        self._desk.run(partial(then, self._value()), self._question.page)

    def _value(self) -> T:
        answer: Future[Any] = self._question.answer
        if answer.cancelled():
            return self._nothing
        try:
            return self._read(answer.result())
        except ValueError:  # no page of ours has sent this
            return self._nothing

    def __await__(self) -> Generator[Any, None, T]:
        """In an asynchronous handler or task; other code of the app goes on."""
        return self._wait_on_loop().__await__()

    async def _wait_on_loop(self) -> T:
        answer = self._question.answer
        with self._desk.waiting():
            # not wrapped itself: it is cancelled when nobody answers, which is no error here
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            loop = done.get_loop()

            def tell(_: object) -> None:
                loop.call_soon_threadsafe(_set, done)

            answer.add_done_callback(tell)
            try:
                await done
            except asyncio.CancelledError:
                answer.cancel()
                raise
        return self._value()

    def wait(self) -> T:
        """Block until there is an answer; for handlers that block, and for threads.

        Raises:
            GuiError: the app shares its loop with others, who would wait as well.

        """
        if self._desk.isolation == "loop" and running_loop() is not None:
            self._question.answer.cancel()
            raise GuiError('with isolation="loop" a question is awaited, or has a callback')
        with self._desk.waiting():
            try:
                self._question.answer.result()
            except CancelledError:
                return self._nothing
        return self._value()


def confirm(
    tag: Any,
    text: object,
    then: Callable[[bool], Any] | None = None,
    *,
    title: str = "",
    yes: str = "OK",
    no: str = "Cancel",
    danger: bool = False,
    timeout: float = TIMEOUT,
) -> Answer[bool]:
    """Ask a question with two buttons, in a dialog over the page. Any thread; does not wait.

    The page whose event is handled shows it; from elsewhere it is the page that was used last.
    Questions of a page come one after the other. When the page is loaded again, or its connection
    breaks, the question is still there.

    Args:
        tag: a tag in the app, or the app.
        text: the question, as text; lines are kept.
        then: called with the answer, as an event handler of the app; may be asynchronous or a
            generator. Without it: ``await confirm(...)``, or ``confirm(...).wait()`` where the
            handler may block.
        title: above the question.
        yes: on the button for True.
        no: on the button for False, which Escape stands for too.
        danger: the button for True is marked, and the other one has the focus.
        timeout: seconds after which the answer is False.

    Raises:
        GuiError: the tag is in no app that is served, or the app is still being built.
        ConfigurationError: the timeout cannot be.

    """
    message = _message("confirm", text, title, yes, danger) | {"no": no}
    return Answer(desk_of(tag, "confirm"), message, _is_true, False, then, timeout)


def prompt(
    tag: Any,
    text: object,
    then: Callable[[str | None], Any] | None = None,
    *,
    value: str = "",
    title: str = "",
    yes: str = "OK",
    no: str = "Cancel",
    timeout: float = TIMEOUT,
) -> Answer[str | None]:
    """Ask for a line of text; as ``confirm``. The answer is None when there is none.

    Args:
        tag: a tag in the app, or the app.
        text: what is asked for, as text.
        then: called with the answer.
        value: what the field has at first.
        title: above the question.
        yes: on the button that gives the text.
        no: on the button that gives None.
        timeout: seconds after which the answer is None.

    Raises:
        GuiError: as ``confirm``.
        ConfigurationError: as ``confirm``.

    """
    message = _message("prompt", text, title, yes) | {"no": no, "value": value}
    return Answer(desk_of(tag, "prompt"), message, _text, None, then, timeout)


def alert(
    tag: Any,
    text: object,
    then: Callable[[None], Any] | None = None,
    *,
    title: str = "",
    yes: str = "OK",
    timeout: float = TIMEOUT,
) -> Answer[None]:
    """Show something that must be read before anything else; as ``confirm``, with one button.

    Args:
        tag: a tag in the app, or the app.
        text: what it says, as text.
        then: called with None, when it was read.
        title: above the text.
        yes: on the button.
        timeout: seconds after which it is taken away.

    Raises:
        GuiError: as ``confirm``.
        ConfigurationError: as ``confirm``.

    """
    message = _message("alert", text, title, yes)
    return Answer(desk_of(tag, "alert"), message, lambda _: None, None, then, timeout)


def _set(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def _message(kind: str, text: object, title: str, yes: str, danger: bool = False) -> dict[str, Any]:
    return {"kind": kind, "text": str(text), "title": title, "yes": yes, "danger": danger}


def _is_true(value: Any) -> bool:
    return value is True


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError(value)
    return value
