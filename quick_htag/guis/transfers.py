"""What an app exchanges with its visitor besides payloads: files to save, uploads to follow."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..uploads import upload_name

if TYPE_CHECKING:
    from ..stores.session import Session
    from ..uploads import UploadProgress
    from .pages import PageTable
    from .services import Services


class Transfers:
    """Of one app. Any thread.

    Args:
        session: whose app it is.
        services: what the host gives.
        pages: of the app.
        asker: the page whose event runs; None: no event of a page does.
        send: sends a payload, and others to single pages; whether any page got it.

    """

    def __init__(
        self,
        session: Session,
        services: Services,
        pages: PageTable,
        asker: Callable[[], str | None],
        send: Callable[[str, Mapping[str, str]], bool],
    ) -> None:
        self._session = session
        self._services = services
        self._pages = pages
        self._asker = asker
        self._send = send
        self._lock = threading.Lock()  # guards everything below
        self._followed: dict[str, Callable[[], object]] = {}  # leave uploads, by name
        self._over = False

    def save(self, data: Any, filename: str, content_type: str) -> bool:
        """Have one page save something, see ``engines.downloads``."""
        from .attachment import attached  # few apps offer files

        attachment = attached(data, filename, content_type)
        page = self._pages.addressee(self._asker())
        if page is None or self._over:
            attachment.close()
            return False
        token = self._services.downloads.offer(self._session.uid, attachment)
        return self._send('{"save": null}', {page: json.dumps({"save": token})})

    def follow(self, follower: Callable[..., object], name: str | None = None) -> str:
        """Have a function told of an upload until that, or the app, has ended.

        Args:
            follower: is told.
            name: of the upload; None: a new one. What cannot be a name is followed by nobody.

        Returns:
            the name.

        """
        if name is None:
            name = secrets.token_urlsafe(16)
        elif upload_name(name) is None:
            return name

        def told(progress: UploadProgress) -> None:
            if progress.over:
                with self._lock:
                    self._followed.pop(name, None)
            follower(progress)

        leave = self._services.uploads.follow(name, told)
        with self._lock:
            if not self._over:
                self._followed[name] = leave
                return name
        leave()
        return name

    def end(self) -> None:
        """Follow nothing any more, and offer nothing; safe to call twice."""
        with self._lock:
            self._over = True
            followed, self._followed = self._followed, {}
        for leave in followed.values():
            leave()
