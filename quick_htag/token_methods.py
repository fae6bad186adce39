"""The methods of a server for tokens, as quick_server names them; see ``stores.tokens``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .later import later

if TYPE_CHECKING:
    from .settings import Settings
    from .stores.token_dict import TokenDict
    from .stores.token_handler import TokenHandler
    from .stores.tokens import Expire, Tokens


class TokenMethods:
    """What scripts call on the server.

    Attributes:
        tokens: the tokens of this server.

    """

    settings: Settings
    _stored_tokens: Callable[[], TokenHandler | None]
    _token_handler: TokenHandler | None

    @later
    def tokens(self) -> Tokens:
        """The tokens of this server."""
        from .stores.tokens import Tokens

        return Tokens(self._token_handler or self._stored_tokens(), self.settings)

    def create_token(self) -> str:
        """A new token, to be sent to the client that shall have it."""
        return self.tokens.create()

    def get_token_obj(
        self, token: str, expire: Expire = "DEFAULT", readonly: bool = False
    ) -> TokenDict:
        """The data of a token: a live dict, and a context manager that gives it.

        In a ``with`` block other requests with the same token wait until it ends.

        Args:
            token: what ``create_token`` gave, or any other text; unknown ones are made.
            expire: seconds from now after which it is forgotten, with each access anew; None:
                never; left out: the default. 0 or less forgets it now, and gives a dict that
                belongs to nothing.
            readonly: give a copy; the token is neither made nor kept for longer.

        Raises:
            ConfigurationError: ``expire`` is no number of seconds.
            HTTPError: 400, ``token`` is no text or has more than 1024 characters; 403,
                ``settings.issued_tokens_only`` is on and the token was not issued.
            NoCapacity: ``settings.max_tokens`` is reached; or, entering the block, another request
                kept the token for longer than ``settings.token_lock_timeout`` seconds.

        """
        return self.tokens.open(token, expire, readonly)

    def get_tokens(self) -> list[str]:
        """Every live token."""
        return self.tokens.all()

    def get_token_ttl(self, token: str) -> float | None:
        """Seconds a token has left; 0: there is none; None: it does not expire."""
        return self.tokens.ttl(token)

    def get_default_token_expiration(self) -> float:
        """Seconds after which a token is forgotten where none are given."""
        return self.tokens.default_expiration

    def set_default_token_expiration(self, seconds: float) -> None:
        """Set the seconds after which a token is forgotten where none are given; 3600 at first."""
        self.tokens.default_expiration = seconds
