"""Apps that show how far an upload of their visitor is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import GuiError
from .from_threads import Home, home_of

if TYPE_CHECKING:
    from ..uploads import UploadProgress


class _Told:
    """Hands progress to the thread of an app; what comes while that is busy is the last only."""

    def __init__(self, home: Home, tag: Any, callback: Callable[[UploadProgress], object]) -> None:
        self._home = home
        self._tag = tag
        self._callback = callback
        self._latest: UploadProgress | None = None  # not told yet

    def __call__(self, progress: UploadProgress) -> None:
        """Any thread, one at a time."""
        waiting, self._latest = self._latest, progress
        if waiting is None:
            self._home.call(self._tell)

    def _tell(self) -> None:
        """On the thread of the app."""
        progress, self._latest = self._latest, None
        if progress is not None:
            self._callback(progress)
            self._home.push(self._tag)


def follow_upload(tag: Any, callback: Callable[[UploadProgress], object]) -> str:
    """Be told how far an upload is that the page is going to send. Any thread.

    Args:
        tag: a tag in the app that shows it, a progress bar say; it is pushed after each call.
        callback: called with an ``UploadProgress``, ten times a second at most, and at the end; on
            the thread of the app.

    Returns:
        the name of one upload: the page sends it to an address of yours with ``?upload=`` and this
        name.

    Raises:
        GuiError: the tag is in no app that is served, or the app is still being built.

    """
    home = home_of(tag)
    if home is None:
        raise GuiError(
            "follow_upload is for handlers of an app: this tag is in none that is served"
        )
    return home.follow(_Told(home, tag, callback))
