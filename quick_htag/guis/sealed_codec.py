"""The form of the messages of pages with ``parano=True``: encrypted; ``js/sealed_codec.js`` too."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..cipher import Cipher, new_password

if TYPE_CHECKING:
    from .codec import Send
    from .pages import Page


class SealedCodec:
    """Encrypts what one page gets, and takes from it only what is encrypted.

    Args:
        password: the text both sides know.
        page_id: of the page.

    Raises:
        ConfigurationError: pycryptodomex is not installed.

    """

    def __init__(self, password: str, page_id: str) -> None:
        self._cipher = Cipher(password, page_id)
        # guards the sealing side of the cipher, and is held while a message is sent, so that the
        # numbers are in order on the way: what is far behind is refused
        self._lock = threading.Lock()

    def encode(self, text: str, send: Send) -> None:
        """Seal a message and send it. Any thread; the app's, mostly."""
        with self._lock:
            send(self._cipher.seal(text))

    def answer(self, text: str) -> str:
        """Seal what is told in the answer to a request. Any thread."""
        with self._lock:
            return self._cipher.seal(text, answer=True)

    def decode(self, text: str) -> str:
        """Open a message of the page. Any thread, one at a time.

        Raises:
            SealBroken: it is plain, was changed, is for something else, or was sent before.

        """
        return self._cipher.open(text)


def encrypt(page: Page) -> str:
    """Encrypt the messages of a new page from now on; the password for it."""
    password = new_password()
    page.codec = SealedCodec(password, page.id)
    return password
