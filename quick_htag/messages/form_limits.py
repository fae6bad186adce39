"""How much the body of a request may hold."""

from __future__ import annotations

from typing import Final

from ..record import record
from ..settings import Settings


@record(frozen=True)
class FormLimits:
    """What a body may hold; see ``settings`` for each. Sizes are bytes.

    What exceeds one is answered 413, or 400 where the body cannot be read at all.
    """

    parts: int = Settings.max_form_parts
    part_headers: int = Settings.max_part_headers
    text: int = Settings.max_form_text
    file: int = Settings.max_file_size
    file_memory: int = Settings.upload_memory
    total: int = Settings.max_body_size  # of a body that is no form with files
    json_size: int = Settings.max_json_size
    json_depth: int = Settings.max_json_depth
    json_digits: int = Settings.max_json_digits
    digest: bool = Settings.hash_uploads  # compute that of files

    @property
    def room(self) -> int:
        """Bytes of a form with the largest file, and with fields beside it."""
        return self.file + self.text

    @classmethod
    def of(cls, settings: Settings) -> FormLimits:
        """The limits of one server."""
        return cls(
            parts=settings.max_form_parts,
            part_headers=settings.max_part_headers,
            text=settings.max_form_text,
            file=settings.max_file_size,
            file_memory=settings.upload_memory,
            total=settings.max_body_size,
            json_size=settings.max_json_size,
            json_depth=settings.max_json_depth,
            json_digits=settings.max_json_digits,
            digest=settings.hash_uploads,
        )


DEFAULT_LIMITS: Final = FormLimits()
