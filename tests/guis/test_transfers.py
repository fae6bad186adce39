"""What an app gives its visitor to save, and which uploads it follows."""

from __future__ import annotations

from typing import Any

from quick_htag.uploads import UploadProgress

HALF = UploadProgress(5, 10)
WHOLE = UploadProgress(10, 10, "received")


def test_a_page_is_told_what_to_save(world: Any) -> None:
    """Its visitor, and nobody else, fetches it by the token of the message."""
    visitor = world.visit()
    assert visitor.app.context.save("text", "a.txt", "")
    visitor.channel.wait(lambda channel: any("save" in one for one in channel.payloads()))
    token = next(one["save"] for one in visitor.channel.payloads() if "save" in one)
    assert world.host.downloads.peek("another", token) is None
    assert world.host.downloads.peek(visitor.session.uid, token) is not None


def test_nothing_is_offered_after_the_end(world: Any) -> None:
    """An app that has ended is told so."""
    visitor = world.visit()
    world.host.clear()
    assert not visitor.app.context.save("text", "a.txt", "")
    assert len(world.host.downloads) == 0


def test_an_upload_is_followed_to_its_end(world: Any) -> None:
    """The app is told until it is over, and nothing is kept then."""
    uploads, told = world.host._services.uploads, []
    name = world.visit().app.context.follow(told.append)
    for progress in (HALF, WHOLE, HALF):
        uploads.tell(name, progress)
    assert told == [HALF, WHOLE]


def test_an_app_that_has_ended_follows_nothing(world: Any) -> None:
    """Neither what it followed, nor what it asks for later."""
    uploads, told = world.host._services.uploads, []
    context = world.visit().app.context
    names = [context.follow(told.append)]
    world.host.clear()
    names.append(context.follow(told.append))
    for name in names:
        uploads.tell(name, HALF)
    assert told == []
