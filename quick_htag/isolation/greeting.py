"""How the two ends of a connection find out that they know the same secret.

Who listens says a number nobody has used; who connects answers with its name, a number of its own
and a proof for all three; then the first one proves it, too. The secret itself is never sent, and
what was overheard is worth nothing for another connection. Rules of this file: bytes in, bytes out.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Final

from ..errors import QuickHtagError

PROTOCOL: Final = 1  # changes with what is said on a connection
_MAGIC: Final = b"quick_htag app " + b"%d" % PROTOCOL
_NONCE: Final = 32  # bytes
_PROOF: Final = 32
GREETING_SIZE: Final = len(_MAGIC) + _NONCE
NAME_SIZE: Final = 16
ANSWER_SIZE: Final = NAME_SIZE + _NONCE + _PROOF
PROOF_SIZE: Final = _PROOF

SecretOf = Callable[[bytes], bytes]
"""The secret of who has a name."""


class NotTrusted(QuickHtagError):
    """The other end does not know the secret, or is something else; never leaves this package."""


def _proof(secret: bytes, who: bytes, first: bytes, second: bytes) -> bytes:
    return hmac.digest(secret, who + first + second, "sha256")


class Listening:
    """The side that was connected to.

    Args:
        secret_of: gives what both know.

    Attributes:
        name: of who has connected, once that is proved.

    """

    def __init__(self, secret_of: SecretOf) -> None:
        self.name = b""
        self._secret_of = secret_of
        self._nonce = secrets.token_bytes(_NONCE)

    def greeting(self) -> bytes:
        """What is said first."""
        return _MAGIC + self._nonce

    def check(self, answer: bytes) -> bytes:
        """Judge the answer; what is said to it.

        Raises:
            NotTrusted: it proves nothing.

        """
        name, theirs, proof = answer[:NAME_SIZE], answer[NAME_SIZE:-_PROOF], answer[-_PROOF:]
        secret = self._secret_of(name)
        if not hmac.compare_digest(proof, _proof(secret, b"connect", self._nonce, theirs)):
            raise NotTrusted("who connected does not know the secret")
        self.name = name
        return _proof(secret, b"listen", theirs, self._nonce)


class Connecting:
    """The side that has connected.

    Args:
        name: of this side, 16 bytes.
        secret: what both know.

    """

    def __init__(self, name: bytes, secret: bytes) -> None:
        self._name = name
        self._secret = secret
        self._nonce = secrets.token_bytes(_NONCE)
        self._theirs = b""

    def answer(self, greeting: bytes) -> bytes:
        """What is said to the greeting.

        Raises:
            NotTrusted: it is none of this version.

        """
        magic, self._theirs = greeting[: len(_MAGIC)], greeting[len(_MAGIC) :]
        if magic != _MAGIC:
            raise NotTrusted("who listens there speaks something else")
        proof = _proof(self._secret, b"connect", self._theirs, self._nonce)
        return self._name + self._nonce + proof

    def check(self, proof: bytes) -> None:
        """Judge what was said to the answer.

        Raises:
            NotTrusted: it proves nothing.

        """
        if not hmac.compare_digest(
            proof, _proof(self._secret, b"listen", self._nonce, self._theirs)
        ):
            raise NotTrusted("who listens does not know the secret")
