"""A field in the page from which files come to the app."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigurationError
from .home import own_desk
from .tags import element

if TYPE_CHECKING:
    from ..guis.desk import Desk
    from ..messages.upload import Upload
    from ..uploads import UploadProgress

_KEY_BYTES: Final = 16
WORDS: Final = {
    "choose": "Choose files, or drop them here",
    "choose_one": "Choose a file, or drop it here",
    "cancel": "Cancel",
    "again": "Try again",
    "waiting": "waiting",
    "sent": "sent",
    "cancelled": "cancelled",
    "failed": "could not be sent",
    "refused": "was refused",
    "too_large": "is larger than {0}",
    "wrong_kind": "is of another kind than what is wanted",
}


class UploadField:
    """A chooser and a place to drop files; each is sent at once, with its progress beside it.

    Files come one by one over HTTP, as large as ``server.max_file_size`` allows, into temporary
    files; the app need not be connected meanwhile. It is made by code of the app, in ``init`` say.

    Args:
        on_upload: called with each ``Upload`` that has arrived, as an event handler of the app; it
            has ``filename``, ``raw_filename``, ``content_type``, ``size``, and is an open file.
        label: what it is for; None: says that files are chosen or dropped here.
        multiple: whether several may be chosen at once.
        accept: what is wanted, as in HTML, ``.csv, image/*``; empty: anything. The page sees to it;
            the app should not rely on it.
        max_size: bytes of the largest file; None: what the server takes.
        on_progress: called with the file name and an ``UploadProgress``, ten times a second at
            most, as an event handler of the app; None: only the page shows the progress.
        words: texts in the place of those in ``WORDS``.

    Attributes:
        max_size: as above.
        tag: what is put into the page, ``self += field.tag``.

    Raises:
        ConfigurationError: there are no such words, or the size cannot be.
        EngineMissing: htag is not installed.
        GuiError: the caller is code of no app.

    """

    def __init__(
        self,
        on_upload: Callable[[Upload], Any],
        *,
        label: str | None = None,
        multiple: bool = True,
        accept: str = "",
        max_size: int | None = None,
        on_progress: Callable[[str, UploadProgress], Any] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        unknown = sorted(set(words or ()) - WORDS.keys())
        if unknown:
            known = ", ".join(WORDS)
            raise ConfigurationError(f"{', '.join(unknown)}: words are {known}")
        if max_size is not None and max_size < 1:
            raise ConfigurationError(f"max_size is in bytes from 1, not {max_size!r}")
        self._desk: Desk = own_desk("an UploadField")
        self._on_upload = on_upload
        self._on_progress = on_progress
        self._enabled = True
        self.max_size = max_size
        said = {**WORDS, **(words or {})}
        key = secrets.token_urlsafe(_KEY_BYTES)
        self.tag = element(
            "quick_htag_upload",
            _data_key=key,
            _data_label=label or said["choose" if multiple else "choose_one"],
            _data_multiple="yes" if multiple else None,
            _data_accept=accept or None,
            _data_limit=None if max_size is None else str(max_size),
            _data_follow=None if on_progress is None else "yes",
            _data_words=json.dumps(said),
        )
        self.tag.__dict__["_quick_htag_field"] = self  # lives as long as its tag
        self._desk.fields[key] = self

    @property
    def enabled(self) -> bool:
        """Whether files can be chosen; may be set, by code of the app."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        self._enabled = bool(value)
        self.tag["disabled"] = None if value else "yes"

    # -- called by the host ------------------------------------------------------------------------

    def take(self, upload: Upload, page: str) -> bool:
        """A file has arrived from a page; False: the app has ended. Any thread."""
        return self._desk.run(partial(self._on_upload, upload), page)

    def begun(self, name: str, filename: str, page: str) -> None:
        """A page is about to send a file, as the upload ``name``. Any thread."""
        if self._on_progress is not None:
            told = _Told(self._desk, partial(self._on_progress, filename), page)
            self._desk.transfers.follow(told, name)


class _Told:
    """Hands progress to the app; what comes while that is busy is the last only."""

    def __init__(self, desk: Desk, callback: Callable[[UploadProgress], Any], page: str) -> None:
        self._desk = desk
        self._callback = callback
        self._page = page
        self._latest: UploadProgress | None = None  # not told yet

    def __call__(self, progress: UploadProgress) -> None:
        """Any thread, one at a time."""
        waiting, self._latest = self._latest, progress
        if waiting is None:
            self._desk.run(self._tell, self._page)

    def _tell(self) -> Any:
        """On the thread of the app."""
        progress, self._latest = self._latest, None
        return None if progress is None else self._callback(progress)
