"""Files between a server and a process, over a real connection."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import AppFailed, HTTPError
from quick_htag.isolation import remote_files
from quick_htag.isolation.child_talks import ArrivingFile, Pump
from quick_htag.isolation.remote_files import RemoteField, RemoteOffers
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.messages.upload import Upload
from tests.patience import until


@pytest.mark.parametrize("size", [0, 10, 1_500_000])
def test_a_file_arrives_as_it_was(linked: Any, size: int) -> None:
    """In pieces when it is large."""
    ends, taken = linked(), []

    def begin(link: Any, talk: int, value: Any) -> ArrivingFile:
        upload = Upload(value["filename"], value["content_type"])

        def take() -> bool:
            taken.append((upload.filename, upload.size, upload.sha256))
            return True

        return ArrivingFile(link, talk, upload, take)

    ends.answers["upload"] = begin
    upload = Upload("a.bin")
    upload.write(b"y" * size)
    digest = upload.sha256
    seat: Any = SimpleNamespace(link=ends.here)
    assert RemoteField(seat, "key", None).take(upload, "page")
    assert taken == [("a.bin", size, digest)]


def test_nobody_takes_it(linked: Any) -> None:
    """The field has gone, or the process."""
    ends = linked()
    ends.answers["upload"] = lambda link, talk, value: link.end(talk, taken=False)
    seat: Any = SimpleNamespace(link=ends.here)
    upload = Upload("a.bin")
    upload.write(b"y" * 1000)
    assert not RemoteField(seat, "key", None).take(upload, "page")
    ends.there.close()
    assert not RemoteField(seat, "key", None).take(Upload("b"), "page")


def test_a_process_that_takes_too_long_keeps_nothing(
    linked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told that nobody waits any more."""
    monkeypatch.setattr(remote_files, "_PATIENCE", 0.05)
    ends, over = linked(), threading.Event()
    slow = SimpleNamespace(got=lambda data: None, ended=lambda value: over.set())
    ends.answers["upload"] = lambda link, talk, value: slow
    seat: Any = SimpleNamespace(link=ends.here)
    upload = Upload("a.bin")
    upload.write(b"y" * 1000)
    assert not RemoteField(seat, "key", None).take(upload, "page")
    assert over.wait(30)


def test_what_is_offered_is_fetched(linked: Any) -> None:
    """Status, fields and body are those of the process."""
    ends = linked()

    def begin(link: Any, talk: int, value: Any) -> Pump:
        pump, answer = Pump(), HTTPResponse(206, [("X-A", "b")], iter([b"one", b"two"]))
        threading.Thread(target=pump.run, args=(link, talk, answer)).start()
        return pump

    ends.answers["offer"] = begin
    seat: Any = SimpleNamespace(link=ends.here, _link=ends.here)
    offer = RemoteOffers(lambda uid: seat).take("me", "token", continues=False)
    answer = offer.answer(Request("GET", "/offer"))
    assert (answer.status, answer.headers, answer.content()) == (206, [("X-A", "b")], b"onetwo")


def test_what_is_not_offered(linked: Any) -> None:
    """404, 416 of the process, or an error of the system."""
    ends = linked()
    seat: Any = SimpleNamespace(link=ends.here, _link=ends.here)
    offers = RemoteOffers(lambda uid: seat if uid == "me" else None)
    assert offers.peek("other", "token") is None
    assert offers.peek(None, "token") is None
    refuse = lambda link, talk, value: link.refuse(talk, "http", "no", status=416)  # noqa: E731
    ends.answers["offer"] = lambda link, talk, value: link.end(talk, found=False)
    for status in (404, 416):
        with pytest.raises(HTTPError) as caught:
            offers.peek("me", "token").answer(Request("GET", "/offer"))
        assert caught.value.status == status
        ends.answers["offer"] = refuse
    ends.there.close()
    until(lambda: not ends.here.alive)
    with pytest.raises(OSError, match=r"lost|gone"):
        offers.peek("me", "token").answer(Request("GET", "/offer"))


def test_a_process_that_ends_meanwhile_breaks_the_download(linked: Any) -> None:
    """The client is not told that this was all."""
    ends = linked()

    def begin(link: Any, talk: int, value: Any) -> None:
        link.say(talk, '{"status": 200, "headers": [], "length": 10}')
        link.close()

    ends.answers["offer"] = begin
    seat: Any = SimpleNamespace(link=ends.here, _link=ends.here)
    answer = RemoteOffers(lambda uid: seat).peek("me", "t").answer(Request("GET", "/offer"))
    with pytest.raises(AppFailed):
        answer.content()
