"""Text in a character set that a client has named (RFC 7578 section 4.5).

The rule of this file: no name of a client goes to Python's search for codecs. That keeps every name
it is asked for, found or not, for as long as the process lives, and finds codecs that are none of
text, or that take a time that grows with the square of the size.
"""

from __future__ import annotations

from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Final

_LONGEST: Final = 40  # characters of a name
_OF_PYTHON: Final = frozenset(
    ("idna", "mbcs", "oem", "punycode", "raw_unicode_escape", "undefined", "unicode_escape")
) | frozenset(("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec"))
_UNWANTED: Final = _OF_PYTHON | {"utf_7", "zlib_codec"}  # utf-7 hides what it says
_CODECS: Final = frozenset(aliases.values()) - _UNWANTED
_NAMES: Final = {name: codec for name, codec in aliases.items() if codec in _CODECS} | {
    codec: codec for codec in _CODECS
}


def decode_text(data: bytes, charset: str) -> str:
    """``data`` as text.

    Args:
        data: as it arrived.
        charset: a name as in ``Content-Type``, in any spelling; not checked before.

    Raises:
        LookupError: there is no such character set.
        UnicodeError: the data are not in it.

    """
    known = len(charset) <= _LONGEST and charset.isascii()
    codec = _NAMES.get(normalize_encoding(charset.lower())) if known else None
    if codec is None:
        raise LookupError("this character set is not known")
    return data.decode(codec)
