"""The methods of a server for sessions; see ``stores.sessions``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import ConfigurationError
from .later import later
from .logs import ERR_SOURCE_GENERAL_QS, MessageLog
from .middleware.session_cookie import SessionCookie, Signature
from .middleware.sessions import SessionLayer

if TYPE_CHECKING:
    from typing import TypeVar

    from .app import App
    from .interfaces import Store
    from .settings import Settings
    from .stores.providers import Provider
    from .stores.session import Session
    from .stores.sessions import Sessions
    from .stores.token_handler import TokenHandler

    StartF = TypeVar("StartF", bound=Callable[[Session], object])
    EndF = TypeVar("EndF", bound=Callable[[Session, str], object])


class ServerSessions:
    """Base of ``QuickServer``; see there for the attributes."""

    app: App
    log: MessageLog
    settings: Settings
    _cookie_name: Callable[[], str]
    _shared_store: Callable[[Store | None], Store | None]

    def _set_up_store(self, store: Store | None, provider: Provider | None) -> None:
        if store is None and provider is not None:
            from .stores.providers import store_of

            store = store_of(provider)
        if store is not None:
            from .stores.providers import check_store

            check_store(store)
        store = self._shared_store(store)
        if store is not None:
            self.store = store
        self._store_given = store is not None

    @later
    def store(self) -> Store:
        """Where data is kept: in memory, unless the owner has said otherwise."""
        from .stores.memory import MemoryStore

        return MemoryStore(self.settings.max_stored_value)

    @later
    def sessions(self) -> Sessions:
        """The sessions of all visitors, from the first that somebody asks for."""
        from .stores.sessions import Sessions

        return Sessions(self.settings, store=self.store)

    def _stored_tokens(self) -> TokenHandler | None:
        """The tokens go where the owner wants data to be; None: he did not say."""
        if not self._store_given:
            return None
        from .stores.token_store import StoreTokenHandler

        return StoreTokenHandler(self.store, self.settings.max_tokens)

    def _set_up_sessions(self) -> None:
        name = self.settings.session_cookie
        plain = name.replace("_", "").replace("-", "")
        if plain and not (plain.isascii() and plain.isalnum()):
            raise ConfigurationError(
                f"session_cookie is a name of letters, digits, '-' and '_', not {name!r}"
            )
        signature = Signature(self.store) if self.settings.signed_sessions else None
        cookie = SessionCookie(self._cookie_name, signature)
        layer = SessionLayer(lambda: self.sessions, cookie)
        self.app.add_middleware(layer, layer.prepare)

    def on_session_start(self, function: StartF) -> StartF:
        """Call ``function(session)`` for each new session; may decorate.

        It runs on the thread of the request. ``session`` has ``data``, ``user``, ``address`` and
        ``short_id``.
        """

        def start(session: Session) -> None:
            self._call(function, session)

        self.sessions.started.append(start)
        return function

    def on_session_end(self, function: EndF) -> EndF:
        """Call ``function(session, reason)`` for each session that has ended; may decorate.

        ``reason`` is a text. It runs on the thread that has ended it, or that has noticed: an
        expired session is told when somebody asks for it or the next one is issued. Sessions that
        this process did not use since it was started are not told.
        """

        def end(session: Session, reason: str) -> None:
            self._call(function, session, reason)

        self.sessions.ended.append(end)
        return function

    def logout_everywhere(self, user: str) -> int:
        """End every session of a user, see ``req.login``; how many there were.

        With a shared store those of other processes too; a live app there ends with its next event
        or request.
        """
        return self.sessions.logout_user(user)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        try:
            function(*args)
        except Exception as error:  # noqa: BLE001 the user's own code
            self.log.error(ERR_SOURCE_GENERAL_QS, f"{function!r} failed", error)
