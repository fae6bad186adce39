"""Content types of files by their names."""

from __future__ import annotations

import functools
import mimetypes
import os
from types import MappingProxyType
from typing import Final

UNKNOWN: Final = "application/octet-stream"

# Asked before the system's own table, which differs from machine to machine: on Windows the
# registry may say that JavaScript is plain text, and then no browser runs a module.
_TYPES: Final = MappingProxyType(
    {
        ".avif": "image/avif",
        ".bmp": "image/bmp",
        ".css": "text/css",
        ".csv": "text/csv",
        ".eot": "application/vnd.ms-fontobject",
        ".gif": "image/gif",
        ".htm": "text/html",
        ".html": "text/html",
        ".ico": "image/x-icon",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".js": "text/javascript",
        ".json": "application/json",
        ".map": "application/json",
        ".md": "text/markdown",
        ".mjs": "text/javascript",
        ".mp3": "audio/mpeg",
        ".mp4": "video/mp4",
        ".ogg": "audio/ogg",
        ".otf": "font/otf",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".tsv": "text/tab-separated-values",
        ".ttf": "font/ttf",
        ".txt": "text/plain",
        ".wasm": "application/wasm",
        ".wav": "audio/wav",
        ".webm": "video/webm",
        ".webmanifest": "application/manifest+json",
        ".webp": "image/webp",
        ".woff": "font/woff",
        ".woff2": "font/woff2",
        ".xml": "text/xml",
        ".zip": "application/zip",
    }
)
_COMPRESSED: Final = MappingProxyType(
    {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
)


@functools.lru_cache(maxsize=512)  # of files that are asked for again and again
def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def media_type(path: str) -> str:
    """The content type for a file name; text with ``charset=utf-8``.

    A compressed file, such as ``.tar.gz``, is what it is: it is sent as it lies there.
    """
    kind = _TYPES.get(_ending(path))
    if kind is None:
        guess, encoding = mimetypes.guess_type(os.path.basename(path))
        kind = guess or UNKNOWN if encoding is None else _COMPRESSED.get(encoding, UNKNOWN)
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
