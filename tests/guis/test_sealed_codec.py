"""Encrypted messages of pages."""

from __future__ import annotations

import base64
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from quick_htag.cipher import TO_SERVER, Cipher
from quick_htag.errors import SealBroken
from quick_htag.guis.codec import PLAIN
from quick_htag.guis.pages import Page
from quick_htag.guis.receiver import take_event, take_posted
from quick_htag.guis.sealed_codec import SealedCodec, encrypt

REFUSED = (1008, "a message must be sealed")


@pytest.fixture
def page() -> Page:
    """A page that is encrypted; ``page.codec`` is the server's side."""
    return Page()


@pytest.fixture
def browser(page: Page) -> Cipher:
    """The other side of that page."""
    return Cipher(encrypt(page), page.id, TO_SERVER)


def test_both_sides_understand_each_other(page: Page, browser: Cipher) -> None:
    """Messages, answers and events."""
    sent: list[str] = []
    page.codec.encode("message", sent.append)
    assert browser.open(sent[0]) == "message"
    assert browser.open(page.codec.answer("answer"), answer=True) == "answer"
    assert page.codec.decode(browser.seal("event")) == "event"


def test_each_page_has_a_password_of_its_own() -> None:
    """And none has one without being told."""
    first, second = Page(), Page()
    assert first.codec is PLAIN
    assert encrypt(first) != encrypt(second)
    with pytest.raises(SealBroken):
        second.codec.decode(Cipher(encrypt(first), first.id, TO_SERVER).seal("x"))


def test_messages_of_many_threads_are_sent_in_the_order_of_their_numbers() -> None:
    """So none ever falls out of the window of the page."""
    codec, browser = SealedCodec("x", "page"), Cipher("x", "page", TO_SERVER)
    sent: list[str] = []
    begin = threading.Barrier(4)

    def send(name: int) -> None:
        begin.wait(30)
        for number in range(50):
            codec.encode(f"{name} {number}", sent.append)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    assert len({browser.open(one) for one in sent}) == 200
    counters = [base64.b64decode(one)[4:12] for one in sent]
    assert counters == sorted(counters)


@pytest.fixture
def sealed(world: Any) -> tuple[Any, Page, Cipher]:
    """An instance, its page, and the side of the browser."""
    visitor = world.visit()
    [instance] = world.host._table.live()
    page = instance.pages.find(visitor.page["page"])
    return instance, page, Cipher(encrypt(page), page.id, TO_SERVER)


def test_a_plain_event_is_refused_and_logged_without_its_text(
    sealed: Any, click: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mandatory once on."""
    instance, page, _ = sealed
    assert take_event(instance, page, click(1)) == REFUSED
    assert take_event(instance, page, click(1).encode()) == (1008, "a message must be an event")
    logged = capsys.readouterr().err
    assert "a message of its page was refused: the message is not encrypted" in logged
    assert not re.search(r"\badd\b", logged)  # the id of a session may have the letters
    assert page.last == 0


def test_posted_events_that_come_again_are_answered_again(sealed: Any, click: Any) -> None:
    """A browser repeats a request by itself; only the last one, and nothing is done twice."""
    instance, page, browser = sealed
    first, second = [browser.seal(click(1)), browser.seal(click(2))], [browser.seal(click(3))]
    assert take_posted(instance, page, first) is None
    assert take_posted(instance, page, first) is None
    assert take_posted(instance, page, second) is None
    assert take_posted(instance, page, second) is None
    assert page.last == 3
    assert take_posted(instance, page, first) == REFUSED


def test_what_comes_late_on_an_old_connection_is_not_judged(
    sealed: Any, channel: Any, click: Any
) -> None:
    """The page has sent it again on the newer one, so it is not the work of somebody else."""
    instance, page, browser = sealed
    late = browser.seal(click(1))
    assert take_event(instance, page, browser.seal(click(1))) is None
    assert take_event(instance, page, late, channel) is None
    assert page.last == 1


def test_a_post_that_was_overtaken_is_late_and_no_repetition(sealed: Any, click: Any) -> None:
    """Its events have come again on the newer connection; they run once, in their order."""
    instance, page, browser = sealed
    late = [browser.seal(click(number)) for number in (1, 2)]
    newer = [browser.seal(click(number)) for number in (1, 2, 3)]
    assert [take_event(instance, page, message) for message in newer[:2]] == [None, None]
    assert take_posted(instance, page, late) is None
    assert take_event(instance, page, newer[2]) is None
    assert page.last == 3
    assert take_posted(instance, page, newer[:1]) == REFUSED  # that one is a repetition


def test_the_answer_is_sealed(world: Any) -> None:
    """Of posted events: what the server has."""
    visitor = world.visit()
    [instance] = world.host._table.live()
    page = instance.pages.find(visitor.page["page"])
    browser = Cipher(encrypt(page), page.id, TO_SERVER)
    text = browser.seal('{"n":1,"p":{"do":"add"}}')
    answer = world.host.links.events(world.mount, visitor.session, page.id, [text])
    [message] = json.loads(answer)["m"]
    assert browser.open(message, answer=True) == '{"ack":1}'
