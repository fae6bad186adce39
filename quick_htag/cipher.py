"""What "parano" apps and their pages encrypt their messages with: AES-256-GCM.

A sealed message is base64(nonce, ciphertext, tag) with a nonce of 12 and a tag of 16 bytes, under
the SHA-256 of a password text, as htagweb's pages had it. Ours adds two things without changing
that form, so that nobody on the way can send a message again, send it back, or send it to another
page: the last 8 bytes of the nonce are a counter, each value of which is taken once, and the page
and the direction are authenticated with each message (NIST SP 800-38D, additional authenticated
data). Messages that overtake each other are taken all the same, see ``replay_window``.
Answers to requests by which a page has sent something are numbered with the other messages, and
checked apart from them: they come on another connection, so either may arrive first.

``js/cipher.js`` is the other side.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import Any

from .errors import ConfigurationError, SealBroken
from .replay_window import ReplayWindow

_NONCE_BYTES = 12
_COUNTER_BYTES = 8
_TAG_BYTES = 16
_PASSWORD_BYTES = 32

TO_PAGE = "to page "
TO_SERVER = "to server "
_ANSWER = "answer "


def require_aes() -> None:
    """See that messages can be encrypted here.

    Raises:
        ConfigurationError: pycryptodomex is not installed.

    """
    _aes()


def new_password() -> str:
    """A password nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


class Cipher:
    """Seals what goes one way and opens what comes the other way, for one page.

    Not thread-safe: messages have an order, so their owner must have a lock anyway.

    Args:
        password: the text both sides know.
        page: id of the page.
        sends: direction of what is sealed here; what is opened goes the other way.

    Raises:
        ConfigurationError: pycryptodomex is not installed.

    """

    def __init__(self, password: str, page: str, sends: str = TO_PAGE) -> None:
        self._aes = _aes()
        self._key = hashlib.sha256(password.encode()).digest()
        receives = TO_SERVER if sends == TO_PAGE else TO_PAGE
        self._sends = _labels(sends + page)
        self._receives = _labels(receives + page)
        # part of the nonce, so that the same key and counter never meet twice
        self._salt = secrets.token_bytes(_NONCE_BYTES - _COUNTER_BYTES)
        self._sealed = 0  # counter of the last message sealed
        self._opened = ReplayWindow(), ReplayWindow()  # counters of messages, and of answers

    def seal(self, text: str, *, answer: bool = False) -> str:
        """Encrypt a message, or an answer to a request."""
        self._sealed += 1
        nonce = self._salt + self._sealed.to_bytes(_COUNTER_BYTES, "big")
        cipher = self._gcm(nonce, self._sends[answer])
        ciphertext, tag = cipher.encrypt_and_digest(text.encode("utf-8", "replace"))
        return base64.b64encode(b"".join((nonce, ciphertext, tag))).decode("ascii")

    def open(self, message: str, *, answer: bool = False) -> str:
        """Decrypt a message, or an answer to a request.

        Raises:
            SealBroken: it is no sealed message, was changed, meant for another page or direction,
                or was opened before, or is too old to tell.

        """
        data = _decoded(message)
        nonce, tag = data[:_NONCE_BYTES], data[-_TAG_BYTES:]
        counter = int.from_bytes(nonce[-_COUNTER_BYTES:], "big")
        cipher = self._gcm(nonce, self._receives[answer])
        try:
            text: str = cipher.decrypt_and_verify(data[_NONCE_BYTES:-_TAG_BYTES], tag).decode()
        except ValueError as error:
            raise SealBroken("the message was changed, or is not for this page") from error
        fault = self._opened[answer].take(counter)  # now, so that only real messages count
        if fault:
            raise SealBroken(fault)
        return text

    def _gcm(self, nonce: bytes, aad: bytes) -> Any:
        cipher = self._aes.new(self._key, self._aes.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
        cipher.update(aad)
        return cipher


def _labels(text: str) -> tuple[bytes, bytes]:
    """What is authenticated with messages, and with answers."""
    return text.encode(), (_ANSWER + text).encode()


def _decoded(message: str) -> bytes:
    try:
        data = binascii.a2b_base64(message)
    except ValueError as error:
        raise SealBroken("the message is not encrypted") from error
    # what is no base64 was left out; Python's own check of that takes as long as all the rest
    if len(message) != -(-len(data) // 3) * 4:
        raise SealBroken("the message is not encrypted")
    if len(data) < _NONCE_BYTES + _TAG_BYTES:
        raise SealBroken("the message is too short")
    return data


def _aes() -> Any:
    try:
        from Cryptodome.Cipher import AES
    except ImportError as error:
        raise ConfigurationError(
            "an app with parano=True needs pycryptodomex: pip install pycryptodomex"
        ) from error
    return AES
