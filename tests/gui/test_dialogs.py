"""Questions: how they are put, who answers, and what a handler gets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag import ConfigurationError, GuiError, Settings, gui
from quick_htag.testing import Question
from quick_htag.testing.helpers import PageHelpers
from tests.patience import until

LIMIT = 20.0  # seconds


def ask(app: Any) -> None:
    """With a callback."""
    gui.confirm(app, "sure?", app.show, title="Delete", yes="Do it", no="Leave it", danger=True)


async def awaits(app: Any) -> None:
    """In an asynchronous handler."""
    app.show(await gui.confirm(app, "sure?"))


def blocks(app: Any) -> None:
    """In a blocking one."""
    app.show(gui.confirm(app, "sure?").wait())


def test_what_is_shown(serve: Callable[..., Any]) -> None:
    """Texts, title and buttons are the app's."""
    with serve(ask).page() as page:
        page.click("button")
        assert page.questions == [
            Question(1, "confirm", "sure?", "Delete", ("Do it", "Leave it"), "")
        ]
        page.answer(False)
        page.wait_for("False", "p", LIMIT)
        assert page.questions == []


@pytest.mark.parametrize("handler", [awaits, blocks])
def test_a_handler_may_wait(serve: Callable[..., Any], handler: Callable[[Any], Any]) -> None:
    """It goes on with the answer, and what it changes is shown."""
    with serve(handler).page() as page:
        page.answers.append(True)
        page.click("button")
        assert page.find("p").text == "True"


def test_a_callback_may_be_of_any_kind(serve: Callable[..., Any]) -> None:
    """A generator shows its steps; an asynchronous one may ask again."""

    def steps(app: Any) -> None:
        def then(answer: bool) -> Iterator[None]:
            app.show("one")
            yield
            gui.notify(app, app_text(app))
            app.show("two")

        gui.confirm(app, "?", then)

    def again(app: Any) -> None:
        async def then(answer: bool) -> None:
            app.show(await gui.prompt(app, "name?"))

        gui.confirm(app, "?", then)

    def app_text(app: Any) -> str:
        return "told"

    with serve(steps, again).page() as page:
        page.click("button", "steps")
        page.answer(True)
        page.wait_for("two", "p", LIMIT)
        assert page.notices[0].text == "told"
        page.answers += [True, "Ann"]
        page.click("button", "again")
        page.wait_for("Ann", "p", LIMIT)


def test_a_line_of_text(serve: Callable[..., Any]) -> None:
    """As it was written, or None."""

    async def name(app: Any) -> None:
        app.show(repr(await gui.prompt(app, "name?", value="Bob")))

    with serve(name).page() as page:
        for answer, shown in (("<b>", "'<b>'"), (None, "None"), (7, "None")):
            page.answers.append(answer)
            page.click("button")
            assert page.find("p").text == shown


def test_something_to_read(serve: Callable[..., Any]) -> None:
    """It has one button, and the callback is told that it was read."""

    def tell(app: Any) -> None:
        gui.alert(app, "read this", lambda _: app.show("was read"))

    with serve(tell).page() as page:
        page.click("button")
        assert page.questions[0].labels == ("OK",)
        page.answer(None)
        page.wait_for("was read", "p", LIMIT)


def test_a_question_stays_when_the_page_is_loaded_again(serve: Callable[..., Any]) -> None:
    """The next page of the visitor shows it, and may answer."""
    site = serve(ask)
    with site.page() as page:
        page.click("button")
    with site.page() as page:
        page.wait_until(lambda: len(page.questions) == 1, LIMIT)
        page.answer(True)
        page.wait_for("True", "p", LIMIT)


def test_a_page_may_be_loaded_again_before_the_old_one_has_gone(serve: Callable[..., Any]) -> None:
    """Browsers promise no order. The old one is told when it comes back."""
    site = serve(ask)
    with site.page() as old:
        old.click("button")
        with site.page() as page:
            assert page.questions == []
            old.drop()
            page.wait_until(lambda: len(page.questions) == 1, LIMIT)
            page.answer(True)
            page.wait_for("True", "p", LIMIT)
            old.connect()
            old.wait_until(lambda: old.questions == [], LIMIT)


def test_a_question_of_a_thread_is_shown_by_a_page_that_is_there(
    serve: Callable[..., Any],
) -> None:
    """And not by the one that was used last, when that was loaded again and not used since."""
    site = serve(lambda app: app.show("used"))
    with site.page() as old:
        old.click("button")
    with site.page() as page:
        gui.confirm(site.app, "sure?")
        page.wait_until(lambda: len(page.questions) == 1, LIMIT)


def test_a_question_is_shown_once_over_a_reconnect(serve: Callable[..., Any]) -> None:
    """It comes again, and the page knows it."""
    with serve(ask).page() as page:
        page.click("button")
        page.drop()
        page.connect()
        page.answer(True)
        page.wait_for("True", "p", LIMIT)
        assert page.questions == []


def test_a_page_that_missed_too_much_is_asked_again(serve: Callable[..., Any]) -> None:
    """It is redrawn, and its question comes after that."""
    site = serve(ask, settings=Settings(replay_messages=1))
    with site.page() as page:
        page.drop()
        gui.confirm(site.app, "sure?", site.app.show)
        for number in range(5):
            gui.notify(site.app, number)
        page.connect()
        page.wait_until(lambda: len(page.questions) == 1, LIMIT)
        page.answer(True)
        page.wait_for("True", "p", LIMIT)


def test_nobody_answers(serve: Callable[..., Any]) -> None:
    """After a while the dialog goes, and the answer is no."""

    def soon(app: Any) -> None:
        gui.confirm(app, "sure?", app.show, timeout=0.05)

    with serve(soon).page() as page:
        page.click("button")
        page.wait_for("False", "p", LIMIT)
        page.wait_until(lambda: page.questions == [], LIMIT)


def test_the_app_ends_while_somebody_waits(serve: Callable[..., Any]) -> None:
    """A thread that waits for an answer gets one: no."""
    site = serve()
    with site.page():
        got: list[bool] = []
        answer = gui.confirm(site.app, "sure?")
        waiting = threading.Thread(target=lambda: got.append(answer.wait()))
        waiting.start()
        site.server.guis.clear()
        waiting.join(LIMIT)
        assert got == [False]


@pytest.mark.parametrize("handler", [awaits, blocks])
def test_who_waits_for_a_visitor_is_not_stuck(
    serve: Callable[..., Any], handler: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of a handler that shows no sign of life does not run meanwhile."""
    site = serve(handler, timeout_interaction=1000.0)
    with site.page() as page:
        (instance,) = site.server.guis._table.live()
        asked: list[bool] = []

        def think(message: dict[str, Any]) -> None:
            until(lambda: instance._interactions.due() is None)
            asked.append(True)
            PageHelpers._asked(page._helpers, message)

        monkeypatch.setattr(page._helpers, "_asked", think)
        page.answers.append(True)
        page.click("button")
        assert (asked, page.find("p").text) == ([True], "True")


def test_on_a_shared_loop_nobody_blocks(serve: Callable[..., Any]) -> None:
    """All the others would wait as well; it may be awaited."""
    site = serve(blocks, awaits, isolation="loop")
    with site.page() as page:
        with pytest.raises(AssertionError, match="failed"):
            page.click("button", "blocks")
        page.answers.append(True)
        page.click("button", "awaits")
        assert page.find("p").text == "True"
    assert "is awaited" in site.log


def test_a_task_that_ends_takes_its_question_away(serve: Callable[..., Any]) -> None:
    """Nobody is asked what nobody wants to know."""

    async def gives_up(app: Any) -> None:
        import asyncio

        async def wait() -> None:
            await gui.confirm(app, "sure?")

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()

    with serve(gives_up).page() as page:
        page.click("button")
        page.wait_until(lambda: page._helpers._known == {1} and page.questions == [], LIMIT)


def test_an_answer_counts_once(serve: Callable[..., Any]) -> None:
    """What a page says to a question that is not open, or that never was, is passed over."""
    with serve(ask).page() as page:
        for message in ({"answer": [1, True]}, {"answer": 1}, {"answer": ["1", 1]}, [], {}, None):
            page.send({"helper": message})
        page.click("button")
        page.send({"helper": {"answer": [1, False]}})
        page.send({"helper": {"answer": [1, True]}})
        page.wait_for("False", "p", LIMIT)
        page.send({"helper": {"answer": [2, True]}})
        assert page.find("p").text == "False"


def test_what_cannot_be_is_said(serve: Callable[..., Any]) -> None:
    """No time at all, and a tag that is in no app."""
    site = serve()
    with site.page():
        with pytest.raises(ConfigurationError, match="above 0"):
            gui.confirm(site.app, "", timeout=0)
        with pytest.raises(GuiError, match="confirm is for handlers"):
            gui.confirm(gui.element("p"), "")
