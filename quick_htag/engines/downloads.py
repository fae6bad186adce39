"""Apps that give their visitor something to save."""

from __future__ import annotations

from typing import Any

from ..errors import GuiError
from .from_threads import home_of


def download(tag: Any, data: Any, filename: str = "", content_type: str = "") -> bool:
    """Have the visitor's browser save something. Any thread; does not wait for the browser.

    To be called by an event handler of an app, or by what it has started. The page whose event it
    is saves it; from elsewhere it is the page that was used last. The address is for this visitor,
    for one time, and for ``settings.download_timeout`` seconds; a file or bytes can be fetched on
    after a broken connection.

    Args:
        tag: a tag in the app, or the app.
        data: bytes; a text; a ``pathlib.Path``, for a file; an open binary file; or an iterable of
            bytes or texts, such as a generator, which runs on another thread than the app's while
            it is sent, as fast as the browser takes it. It is closed at the end, or when nobody
            fetches it.
        filename: the name it is saved under; empty: that of the path, or "download".
        content_type: empty: by the name.

    Returns:
        whether there is a page to save it; False: the app has ended.

    Raises:
        FileNotFoundError: there is no such file, or it is no regular one.
        GuiError: the tag is in no app that is served, or the app is still being built.
        TypeError: ``data`` is something else.

    """
    home = home_of(tag)
    if home is None:
        raise GuiError("download is for handlers of an app: this tag is in no app that is served")
    return home.save(data, filename, content_type)
