"""The methods for the browser's side of worker jobs: where its script is served, or put."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .file_methods import FileMethods
from .messages.conditional import etag_of_bytes, not_modified
from .messages.response import HTTPResponse
from .version import __version__

if TYPE_CHECKING:
    from .interfaces import Handler
    from .messages.request import Request

CLIENT: Final = "worker.js"
MARK: Final = "// worker.js of quick_htag"  # how a file made here begins, in every version
_TYPE: Final = ("Content-Type", "application/javascript; charset=utf-8")
# an old copy may not understand a new server
_CACHE: Final = ("Cache-Control", "no-cache")


def worker_script(*, classic: bool) -> str:
    """The browser's client of worker jobs, in one file; any thread.

    Args:
        classic: for a ``<script>`` element without a type; else a module that exports its names.

    """
    from .assets import classic_bundle, module_bundle

    made, kind = (classic_bundle, "classic script") if classic else (module_bundle, "module")
    head = f"{MARK} {__version__} as a {kind}, made by the server: changes will be lost"
    return f"{head}\n{made(CLIENT)}\n"


class ScriptMethods(FileMethods):
    """The files of an application and of a server, and our script. Any time, any thread."""

    def link_worker_js(self, mask: str) -> None:
        """Serve the browser's client of worker jobs, as an ES module.

        ``import { Worker } from`` that path, or ``<script type="module" src=...>``.

        Args:
            mask: where it appears, see ``routing``.

        Raises:
            ConfigurationError: the mask cannot work.

        """
        self._link_script(mask, worker_script(classic=False))

    def link_legacy_worker_js(self, mask: str) -> None:
        """Serve the same for ``<script src=...>``: it gives ``quick_server.Worker``.

        Args:
            mask: where it appears, see ``routing``.

        Raises:
            ConfigurationError: the mask cannot work.

        """
        self._link_script(mask, worker_script(classic=True))

    def _link_script(self, mask: str, text: str) -> None:
        self._files.add_target("GET", mask, 0, _sender(text.encode()))


def _sender(body: bytes) -> Handler:
    tag = etag_of_bytes(body)
    fields = (("ETag", tag), _CACHE)

    def send(request: Request) -> HTTPResponse:
        if not_modified(request.method, request.headers, tag):
            return HTTPResponse(304, fields)
        return HTTPResponse(200, (_TYPE, *fields), body)

    return send
