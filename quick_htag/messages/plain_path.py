"""Paths as they can be compared."""

from __future__ import annotations

from urllib.parse import unquote


def plain_path(raw_path: str) -> str:
    """A path as it can be compared: decoded, without empty and "." segments.

    Routes and files are found by the same segments, so nothing below "/private/" has a path that
    begins otherwise. ".." stays, since it is not followed anywhere.
    """
    elements = raw_path.partition("#")[0].split("/")
    kept = [unquote(element) for element in elements]
    path = "/".join(part for part in kept if part not in ("", "."))
    slash = "/" if path and kept[-1] in ("", ".") else ""
    return f"/{path}{slash}"
