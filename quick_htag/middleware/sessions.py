"""The session of a request: looked at when somebody asks, issued when something is written."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigurationError, HTTPError
from .session_cookie import CookieName, SessionCookie

if TYPE_CHECKING:
    from ..interfaces import Handler
    from ..messages.request import Request
    from ..messages.response import HTTPResponse
    from ..stores.session import Session
    from ..stores.session_data import SessionData
    from ..stores.sessions import Sessions

_SAID = r"\b(?:private|public|no-store|s-maxage)\b"  # who may keep it; most answers need no look
_CACHE_CONTROL: Final = "cache-control"
_LENGTH: Final = len(_CACHE_CONTROL)  # which is compared first, as each name is looked at
_ENDED = "The session has ended, begin anew."


class SessionAccess:
    """The way of one request to its session; ``Request.open_session`` is one of these.

    It does not hold the request: the two would keep each other alive until the next collection.

    Args:
        sessions: gives the sessions of the server.
        cookie: reads the id.
        request: whose session it is.

    Attributes:
        looked: whether anybody has asked for the session.

    """

    __slots__ = (
        "_address",
        "_cookie",
        "_draft",
        "_headers",
        "_prefix",
        "_secure",
        "_session",
        "_sessions",
        "_told",
        "_used",
        "looked",
    )

    def __init__(
        self, sessions: Callable[[], Sessions], cookie: SessionCookie, request: Request
    ) -> None:
        self._sessions = sessions
        self._cookie = cookie
        self._headers = request.headers
        self._address = request.client_address
        self._secure = request.scheme == "https"
        self._prefix = "" if request.forwarded is None else request.forwarded.prefix
        self._session: Session | None = None
        self._draft: SessionData | None = None  # of a visitor who has no session yet
        self._told: str | None = None  # the id that the client knows
        self.looked = False
        self._used = False  # the data was asked for, and may have changed

    def __call__(self) -> MutableMapping[str, Any]:
        self._used = True
        session = self.find()
        if session is not None:
            return session.data
        if self._draft is None:
            from ..stores.session_data import SessionData  # most requests look at none

            self._draft = SessionData(self.open)
        return self._draft

    def find(self) -> Session | None:
        """The session the cookie names, if it is a live one of ours; noted as used."""
        if self._session is None:
            self.looked = True
            session_id = self._cookie.read(self._headers, self._secure, self._prefix)
            session = None if session_id is None else self._sessions().use(session_id)
            if session is not None:
                self._told = session_id
            self._session = session
        return self._session

    def found(self) -> Session | None:
        """What ``find`` gave or the request began; waits for no store."""
        return self._session

    def open(self) -> Session:
        """The session of the request, issued if there is none.

        Raises:
            NoCapacity: no session can be issued.

        """
        session = self.find()
        if session is None:
            session = self._session = self._sessions().issue(self._address[0], self._draft)
        return session

    def user(self) -> str | None:
        """Who has logged in; None: nobody."""
        session = self.find()
        return None if session is None else session.user

    def rotate(self) -> None:
        """Give the session another id.

        Raises:
            HTTPError: 403, it was ended meanwhile.

        """
        if not self._sessions().rotate(self.open()):
            raise HTTPError(403, _ENDED)

    def login(self, user: str) -> None:
        """Note who it is, under another id.

        Raises:
            HTTPError: 403, the session was ended meanwhile.

        """
        if not self._sessions().login(self.open(), user):
            raise HTTPError(403, _ENDED)

    def logout(self) -> None:
        """End the session, if there is one; what is written after that is one of its own."""
        session = self.find()
        if session is not None:
            self._sessions().remove(session)
        self._session = self._draft = None
        self._headers = type(self._headers)()  # which had the cookie

    def finish(self) -> str | None:
        """Issue the session if something was written; the ``Set-Cookie`` value, if one is needed.

        Raises:
            NoCapacity: no session can be issued.

        """
        try:
            if self._draft:
                self.open()
        finally:
            self._draft = None  # which refers to us
        session = self._session
        if session is None:
            return None if self._told is None else self._cookie.remove(self._secure, self._prefix)
        if session.id == self._told:
            return None
        return self._cookie.write(session.id, self._secure, self._prefix)

    def is_settled(self) -> bool:
        """Whether the client knows the session by its id and nothing was changed, as mostly.

        Then ``finish`` and ``save`` have nothing to do. It may be False all the same.
        """
        session = self._session
        return (
            session is not None
            and self._draft is None
            and session.id == self._told
            and (not self._used or session.is_as_seen())
        )

    def save(self) -> None:
        """Store what was changed.

        Raises:
            NotStorable: something in it is not JSON.

        """
        if self._used and self._session is not None:
            self._session.save()


class SessionLayer:
    """Middleware that gives requests their session.

    It belongs outside of what turns exceptions into answers, so that an early answer keeps the
    cookie of a session issued before it.

    Args:
        sessions: gives the sessions of the server.
        cookie: the cookie, or what gives its name.

    """

    def __init__(
        self, sessions: Callable[[], Sessions], cookie: SessionCookie | CookieName
    ) -> None:
        self._sessions = sessions
        self._cookie = cookie if isinstance(cookie, SessionCookie) else SessionCookie(cookie)

    def prepare(self, request: Request) -> SessionAccess:
        """Give a request its session, for who is asked about it before it is handled."""
        access = request.open_session
        if access is None or not isinstance(access, SessionAccess):
            access = SessionAccess(self._sessions, self._cookie, request)
            request.open_session = access
        return access

    def __call__(self, handler: Handler) -> Handler:
        sessions, cookie = self._sessions, self._cookie

        def handle(request: Request) -> HTTPResponse:
            door = request.open_session
            if door is None:
                access = request.open_session = SessionAccess(sessions, cookie, request)
            else:  # it has a body, and somebody was asked about it before
                access = self.prepare(request)
            response = handler(request)
            if access.looked:
                if not access.is_settled():
                    _settle(request, access, response)
                _keep_private(response)
            return response

        return handle


def _settle(request: Request, access: SessionAccess, response: HTTPResponse) -> None:
    """Store what was changed, and tell the client of a session that it does not know."""
    line = access.finish()
    fields = [] if line is None else [("Set-Cookie", line)]
    try:
        access.save()
    except BaseException:  # the answer that tells of it must not lose the session
        request.response_headers += fields
        raise
    response.headers += fields


@lru_cache(maxsize=64)  # programs have few, and each answer to a request with a session has one
def _private(value: str) -> str:
    """A value of ``Cache-Control`` that keeps others out; itself if it says who may keep it."""
    return value if re.search(_SAID, value, re.IGNORECASE) else f"private, {value}"


def _keep_private(response: HTTPResponse) -> None:
    """Say that caches of many visitors must not keep what was made with the session of one.

    RFC 9111 section 3 lets them keep it for ``max-age`` otherwise, a cookie that is set included.
    What another server has said is passed on as it is.
    """
    if response.foreign:
        return
    for at, (name, value) in enumerate(response.headers):
        if len(name) == _LENGTH and name.lower() == _CACHE_CONTROL:
            response.headers[at] = (name, _private(value))


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
