"""The address of what apps offer."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from quick_htag.errors import HTTPError
from quick_htag.guis.attachment import attached
from quick_htag.guis.downloads import Downloads
from quick_htag.handlers.gui_offers import GuiOffers
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import HIDDEN_QUERY, Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.middleware.sessions import SessionLayer, open_session
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions


class Host:
    """As much of a host as is needed."""

    def __init__(self) -> None:
        self.downloads = Downloads(Settings(), self)

    def call_later(self, delay: float, function: Any) -> Any:
        """A timer that never rings."""
        return lambda: None


class Site:
    """Offers, and a visitor with a session."""

    def __init__(self) -> None:
        self.host = Host()
        self.errors: list[str] = []
        log = MessageLog()
        log.error_handler = lambda _source, text, _lines: self.errors.append(text)
        self.fetch = GuiOffers(self.host, log).fetch  # type: ignore[arg-type]
        self.sessions = Sessions(Settings())
        self.uid = ""
        self.cookie = ""
        entered = self._handle(self._enter, Request("GET", "/"))
        self.cookie = str(entered.header("Set-Cookie")).partition(";")[0]

    def _enter(self, request: Request) -> HTTPResponse:
        self.uid = open_session(request).uid
        return HTTPResponse(200)

    def _handle(self, handler: Any, request: Request) -> HTTPResponse:
        return SessionLayer(lambda: self.sessions, lambda: "s")(handler)(request)

    def ask(self, token: str, method: str = "GET", **fields: str) -> HTTPResponse:
        """Fetch an offer as the visitor."""
        headers = Headers([("cookie", self.cookie), *fields.items()])
        self.request = Request(method, f"/offer?page=p&offer={token}", headers)
        return self._handle(self.fetch, self.request)

    def offer(self, data: Any) -> str:
        """Offer the visitor something."""
        return self.host.downloads.offer(self.uid, attached(data))


@pytest.fixture
def site() -> Site:
    """A site."""
    return Site()


def test_the_query_is_kept_out_of_logs(site: Site) -> None:
    """It holds a secret, as other addresses of the page do."""
    assert site.ask(site.offer("x")).content() == b"x"
    assert site.request.meta[HIDDEN_QUERY]


def test_head_uses_nothing_up(site: Site) -> None:
    """It tells what there is, and the download is still there."""
    token = site.offer("text")
    assert site.ask(token, "HEAD").status == 200
    assert site.ask(token).content() == b"text"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_is_offered_under_another_token(site: Site, method: str) -> None:
    """A guess finds nothing, and the answer tells what to do."""
    with pytest.raises(HTTPError, match="ask for it again") as caught:
        site.ask("guess", method)
    assert caught.value.status == 404


def test_a_file_that_is_gone(site: Site, tmp_path: pathlib.Path) -> None:
    """The visitor gets a 404 without its path, the log has the reason."""
    path = tmp_path / "a.txt"
    path.write_text("x")
    token = site.offer(path)
    path.unlink()
    with pytest.raises(HTTPError) as caught:
        site.ask(token)
    assert "a.txt" not in caught.value.detail
    assert len(site.errors) == 1


def test_a_range_comes_first_too(site: Site) -> None:
    """A client may begin with a part."""
    response = site.ask(site.offer("0123"), range="bytes=2-")
    assert (response.status, response.content()) == (206, b"23")
