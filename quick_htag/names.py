"""Names that nobody can guess."""

from __future__ import annotations

import os
from binascii import b2a_base64
from typing import Final

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def secret_name() -> str:
    """32 characters of 192 random bits, for addresses and cookies: letters, digits, "-" and "_".

    ``secrets.token_urlsafe`` gives the same by six functions of Python; a new session has two.
    """
    return b2a_base64(os.urandom(24), newline=False).translate(_URL_SAFE).decode("ascii")
