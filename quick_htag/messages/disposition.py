"""``Content-Disposition`` of an answer that is to be saved (RFC 6266)."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import quote

from .upload import safe_file_name

_UNNAMED: Final = "download"
_ATTR_CHAR: Final = "!#$&+^`|"  # RFC 8187 section 3.2.1, beside those ``quote`` always leaves


def saved_as(filename: str) -> tuple[str, str]:
    """The field that makes a browser save an answer, under this name.

    The name is made one that every system can have; for clients that know ASCII only there is a
    second one.
    """
    name = safe_file_name(filename) or _UNNAMED
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = plain.replace("%", "_").lstrip(".") or _UNNAMED  # some undo percent signs
    field = f'attachment; filename="{plain}"'
    if plain != name:
        field += f"; filename*=UTF-8''{quote(name, safe=_ATTR_CHAR)}"
    return "Content-Disposition", field
