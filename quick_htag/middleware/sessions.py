"""The session cookie: looked at when somebody asks, set when a session was issued."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from ..messages.headers import parse_cookies

if TYPE_CHECKING:
    from ..interfaces import Handler, Middleware
    from ..messages.request import Request
    from ..messages.response import HTTPResponse
    from ..stores.sessions import Session, Sessions

CookieName = Callable[[], str]


class SessionAccess:
    """The way of one request to its session; ``Request.open_session`` is one of these.

    It does not hold the request: the two would keep each other alive until the next collection.

    Args:
        sessions: the sessions of the server.
        cookie_name: gives the name of the cookie.
        request: whose session it is.

    """

    __slots__ = ("_address", "_cookie_name", "_headers", "_session", "_sessions", "issued")

    def __init__(self, sessions: Sessions, cookie_name: CookieName, request: Request) -> None:
        self._sessions = sessions
        self._cookie_name = cookie_name
        self._headers = request.headers
        self._address = request.client_address
        self._session: Session | None = None
        self.issued = False

    def __call__(self) -> MutableMapping[str, Any]:
        return self.open().data

    def find(self) -> Session | None:
        """The session the cookie names, if it is a live one of ours; noted as used."""
        if self._session is None:
            session_id = parse_cookies(self._headers).get(self._cookie_name())
            session = None if session_id is None else self._sessions.get(session_id)
            if session is not None:
                self._sessions.touch(session)
            self._session = session
        return self._session

    def open(self) -> Session:
        """The session of the request, issued if there is none.

        Raises:
            NoCapacity: no session can be issued.

        """
        session = self.find()
        if session is None:
            session = self._session = self._sessions.issue(self._address[0])
            self.issued = True
        return session

    def cookie(self, secure: bool, prefix: str = "") -> str:
        """The ``Set-Cookie`` value of the issued session; it ends with the browser.

        Args:
            secure: the browser is to send it through TLS only.
            prefix: the path a proxy has taken away; the cookie is for what is below.

        """
        assert self._session is not None
        flags = f"; Path={prefix or '/'}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
        return f"{self._cookie_name()}={self._session.id}{flags}"


def session_layer(sessions: Sessions, cookie_name: CookieName) -> Middleware:
    """Middleware that gives requests their session.

    It belongs outside of what turns exceptions into answers, so that an early answer keeps the
    cookie of a session issued before it.

    Args:
        sessions: the sessions of the server.
        cookie_name: gives the name of the cookie. It should hold the port: cookies ignore it
            (RFC 6265 section 8.5), and two servers of one host must not share a session.

    """

    def wrap(handler: Handler) -> Handler:
        def handle(request: Request) -> HTTPResponse:
            access = SessionAccess(sessions, cookie_name, request)
            request.open_session = access
            response = handler(request)
            if access.issued:
                prefix = "" if request.forwarded is None else request.forwarded.prefix
                cookie = access.cookie(request.scheme == "https", prefix)
                response.headers.append(("Set-Cookie", cookie))
            return response

        return handle

    return wrap


def open_session(request: Request) -> Session:
    """The session of a request, issued if there is none.

    Raises:
        ConfigurationError: the request did not pass the session layer.
        NoCapacity: no session can be issued.

    """
    return _access(request).open()


def current_session(request: Request) -> Session | None:
    """The session of a request; None: it has none, and none is issued.

    Raises:
        ConfigurationError: the request did not pass the session layer.

    """
    return _access(request).find()


def _access(request: Request) -> SessionAccess:
    access = request.open_session
    if not isinstance(access, SessionAccess):
        raise ConfigurationError("this request is not handled by an application with sessions")
    return access
