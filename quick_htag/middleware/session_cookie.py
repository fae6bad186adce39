"""The cookie that names a session: how it is called, signed, set and taken back."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import StoreUnavailable

if TYPE_CHECKING:
    from ..interfaces import Store
    from ..messages.headers import Headers

CookieName = Callable[[], str]
_SECRET = "secret:session"  # noqa: S105 the key under which the store has it
_DELETED = "; Max-Age=0"


class Signature:
    """Signs session ids, with a secret that makes itself and lives in the store. Any thread.

    Args:
        store: shared by all who must know the secret.

    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._secret: bytes | None = None  # as it never changes, two threads may both fetch it

    def sign(self, session_id: str) -> str:
        """The value of the cookie."""
        return f"{session_id}.{self._of(session_id)}"

    def check(self, value: str) -> str | None:
        """The id in a cookie; None: we did not sign it."""
        from hmac import compare_digest

        session_id, _, signature = value.rpartition(".")
        if not value.isascii() or not compare_digest(self._of(session_id), signature):
            return None
        return session_id

    def _of(self, session_id: str) -> str:
        import hashlib
        import hmac

        if self._secret is None:
            self._store.add(_SECRET, os.urandom(32).hex())
            secret = self._store.get(_SECRET)
            if not isinstance(secret, str):
                raise StoreUnavailable("the store has lost the secret that signs sessions")
            self._secret = secret.encode()
        return hmac.new(self._secret, session_id.encode(), hashlib.sha256).hexdigest()


class SessionCookie:
    """Reads and writes the cookie of one server. Any thread.

    Args:
        name: gives its name. It should hold the port, or be chosen by the owner: cookies ignore
            ports (RFC 6265 section 8.5), and two servers of one host must not share a session by
            accident.
        signature: None: ids are not signed.

    """

    def __init__(self, name: CookieName, signature: Signature | None = None) -> None:
        self._name = name
        self._signature = signature

    def read(self, headers: Headers, secure: bool, prefix: str = "") -> str | None:
        """The session id a request claims; None: none, or one we did not sign.

        Args:
            headers: of the request.
            secure: it came through TLS.
            prefix: the path a proxy has taken away.

        """
        name = self._full_name(secure, prefix) if secure else self._name()
        value = headers.cookies().get(name)
        if value is None or self._signature is None:
            return value
        return self._signature.check(value)

    def write(self, session_id: str, secure: bool, prefix: str = "") -> str:
        """A ``Set-Cookie`` value; the cookie ends with the browser."""
        value = session_id if self._signature is None else self._signature.sign(session_id)
        return self._line(value, secure, prefix)

    def remove(self, secure: bool, prefix: str = "") -> str:
        """A ``Set-Cookie`` value that makes the browser forget it."""
        return self._line("", secure, prefix) + _DELETED

    def _line(self, value: str, secure: bool, prefix: str) -> str:
        name = self._full_name(secure, prefix)
        flags = f"; Path={prefix or '/'}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
        return f"{name}={value}{flags}"

    def _full_name(self, secure: bool, prefix: str) -> str:
        # Browsers take names that begin like this through TLS only, so nobody on the way or on a
        # neighbouring host can plant such a cookie (RFC 6265bis section 4.1.3).
        if not secure:
            return self._name()
        return f"__Secure-{self._name()}" if prefix else f"__Host-{self._name()}"
