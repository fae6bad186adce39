"""Files of a page: what is asked before the app gets one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from quick_htag.app import App
from quick_htag.handlers.gui_uploads import GuiUploads
from quick_htag.middleware.session_cookie import SessionCookie
from quick_htag.middleware.sessions import SessionLayer
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions
from quick_htag.testing import TestClient

OURS = {"origin": "http://localhost"}


class Field:
    """Takes what comes."""

    def __init__(self) -> None:
        self.max_size: int | None = None
        self.lives = True
        self.taken: list[tuple[str, bytes, str]] = []

    def take(self, upload: Any, page: str) -> bool:
        """As fields of apps."""
        self.taken.append((upload.filename, upload.read(), page))
        return self.lives


class Host:
    """Knows one field."""

    def __init__(self) -> None:
        self.the_field = Field()
        self.asked: list[Any] = []

    def field(self, mount: Any, session: Any, page: str, key: str) -> Any:
        """As ``GuiHost``."""
        self.asked.append((mount, session, page))
        return self.the_field if key == "k" else None


@pytest.fixture
def host() -> Host:
    """The host."""
    return Host()


@pytest.fixture
def client(host: Host) -> Iterator[TestClient]:
    """A visitor of an application with the handler."""
    app = App(Settings())
    sessions = Sessions(Settings())
    app.add_middleware(SessionLayer(lambda: sessions, SessionCookie(lambda: "s")))
    mount: Any = "the mount"
    uploads = GuiUploads(mount, host, lambda: app.form_limits)  # type: ignore[arg-type]
    app.add_target("POST", "/send", 0, uploads.receive, takes_files=True)
    yield TestClient(app)
    app.close()


def test_a_file_is_handed_on(client: TestClient, host: Host) -> None:
    """With the page it came from; the answer does not wait for the app."""
    answer = client.post("/send?page=p&field=k", OURS, files={"file": ("a.txt", b"data")})
    assert answer.status == 204
    assert host.the_field.taken == [("a.txt", b"data", "p")]
    assert host.asked == [("the mount", None, "p")]


def test_who_is_sent_away(client: TestClient, host: Host) -> None:
    """Other origins before anything is looked at, then fields that are not there."""
    files: Any = {"file": ("a.txt", b"data")}
    assert client.post("/send?field=k", {"origin": "http://x.example"}, files=files).status == 403
    assert client.post("/send?field=k", files=files).status == 403
    assert host.asked == []
    assert client.post("/send?field=other", OURS, files=files).status == 404
    host.the_field.lives = False
    assert client.post("/send?field=k", OURS, files=files).status == 404


def test_what_is_no_file_is_refused(client: TestClient, host: Host) -> None:
    """A form without one, another body, and one that is too large for the field."""
    assert client.post("/send?field=k", OURS, data={"a": "b"}).status == 400
    assert client.post("/send?field=k", OURS, data=b"x").status == 400
    host.the_field.max_size = 3
    answer = client.post("/send?field=k", OURS, files={"file": ("a", b"1234")})
    assert (answer.status, host.the_field.taken) == (413, [])
