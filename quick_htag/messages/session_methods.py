"""What a request has of its visitor: the session, and who has logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import MutableMapping


HOST_SESSION = "quick_htag.host_session"  # in ``Request.meta``: of middleware of the host


class SessionDoor(Protocol):
    """The way of one request to its session; set by the session layer."""

    def __call__(self) -> MutableMapping[str, Any]:
        """The data of the session."""

    def user(self) -> str | None:
        """Who has logged in."""

    def rotate(self) -> None:
        """Give the session another id."""

    def login(self, user: str) -> None:
        """Note who it is, under another id."""

    def logout(self) -> None:
        """End the session."""


class SessionMethods:
    """Base of ``Request``. On the thread that handles it."""

    __slots__ = ()
    meta: dict[str, Any]
    open_session: SessionDoor | None

    @property
    def session(self) -> MutableMapping[str, Any]:
        """The session of this visitor, a dict shared with its GUI and stored after the request.

        A visitor without one gets it, and its cookie, when something is written. Values are JSON.
        Changes of several requests are merged by key; to read a value and write what follows from
        it, as in counting, use it in a ``with`` block, which keeps the others out.

        Mounted in an ASGI application with session middleware, it is what that has, ``session`` of
        the scope, with its rules.

        Raises:
            ConfigurationError: the request is not handled by an application with sessions.

        """
        found: MutableMapping[str, Any] | None = self.meta.get(HOST_SESSION)
        if found is not None:
            return found
        door = self.open_session
        return self._door()() if door is None else door()

    @property
    def user(self) -> str | None:
        """Who has logged in, by ``login``; None: nobody."""
        return None if self.open_session is None else self.open_session.user()

    def login(self, user: str) -> None:
        """Note who the visitor is. The session keeps its data and gets another id.

        Args:
            user: a name that ``server.logout_everywhere`` will know.

        Raises:
            ConfigurationError: as ``session``; or ``user`` is no text.
            HTTPError: 403, the session was ended meanwhile.
            NoCapacity: no session can be issued.

        """
        if not isinstance(user, str):
            raise ConfigurationError(f"login takes the name of a user, not {user!r}; use str(...)")
        self._door().login(user)

    def logout(self) -> None:
        """End the session of this visitor with all its data and live apps, if there is one."""
        self._door().logout()

    def rotate_session(self) -> None:
        """Give the session another id; whoever knows the old one has nothing then.

        ``login`` does so. Do it also whenever somebody gets more rights than before.

        Raises:
            ConfigurationError: as ``session``.
            HTTPError: 403, the session was ended meanwhile.

        """
        self._door().rotate()

    def _door(self) -> SessionDoor:
        if self.open_session is None:
            raise ConfigurationError("this request is not handled by an application with sessions")
        return self.open_session
