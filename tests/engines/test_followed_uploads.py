"""Apps that follow an upload of their visitor, with whichever htag is installed."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quick_htag import GuiError, UploadProgress, follow_upload
from quick_htag.messages.request import Request
from quick_htag.testing import open_app

htag = pytest.importorskip("htag", exc_type=ImportError)
Base = htag.Tag.App if hasattr(htag, "State") else htag.Tag.div


class Uploading(Base):  # type: ignore[misc,valid-type]
    """Shows how far an upload is."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        self.threads: list[int] = []
        self.label = htag.Tag.b("nothing", _class="label")
        self += self.label
        self += htag.Tag.button("follow", _onclick=self.follow)

    def follow(self, *_: Any) -> None:
        self.name = follow_upload(self.label, self.moved)

    def moved(self, progress: UploadProgress) -> None:
        self.threads.append(threading.get_ident())
        if progress.total == 13:
            raise ValueError("unlucky")
        self.label.clear(f"{progress.state} {progress.fraction}")


@pytest.fixture
def apps() -> list[Any]:
    """The app that is open."""
    return []


@pytest.fixture
def opened(apps: list[Any]) -> Any:
    """Its page."""
    with open_app(Uploading, on_instance=apps.append) as page:
        page.click("button", "follow")
        yield page


def begin(page: Any, app: Any, total: int) -> Any:
    """An upload by the name that the app was given has begun."""
    request = Request("POST", f"/files?upload={app.name}")
    return page._client.app.uploads.begin(request, total)


def test_the_page_shows_what_the_server_has(opened: Any, apps: list[Any]) -> None:
    """The callback runs on the thread of the app, and what it changes is pushed."""
    watch = begin(opened, apps[0], 100)
    watch.received(25)
    opened.wait_for("receiving 0.25", ".label")
    watch.ended(complete=True)
    opened.wait_for("received 1.0", ".label")
    assert threading.get_ident() not in apps[0].threads
    assert len(set(apps[0].threads)) == 1


def test_an_app_that_ends_follows_nothing(opened: Any, apps: list[Any]) -> None:
    """Its uploads are left when it ends, also those that never came."""
    uploads = opened._client.app.uploads
    opened.click("button", "follow")
    assert len(uploads) == 2
    (apps[0].exit)()
    assert len(uploads) == 0


def test_a_callback_that_fails_is_reported(opened: Any, apps: list[Any]) -> None:
    """The upload goes on, and so does the app."""
    watch = begin(opened, apps[0], 13)
    watch.received(1)
    watch.ended(complete=True)
    opened.click("button", "follow")
    begin(opened, apps[0], 10).received(5)
    opened.wait_for("receiving 0.5", ".label")


def test_a_tag_alone_follows_nothing() -> None:
    """The developer is told."""
    with pytest.raises(GuiError, match="this tag is in none"):
        follow_upload(htag.Tag.b("x"), print)
