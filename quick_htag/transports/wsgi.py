"""The application as WSGI servers call it (PEP 3333): gunicorn, waitress, mod_wsgi and others."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ..errors import ProtocolError, reason_phrase
from ..messages.event_stream import EventStream
from ..messages.later_body import LaterBody
from ..messages.request import NO_WEBSOCKET
from ..messages.response import TEXT, FileBody, HTTPResponse
from .host_request import host_request, local_path
from .hosted import PIECE, Field, Hosted

if TYPE_CHECKING:
    from ..messages.request import Request
    from .body_store import BodyStore

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

_WITHOUT_CONTENT: Final = (204, 304)
_NO_WEBSOCKETS = "There are no websockets here: WSGI servers cannot have them."
_WANTED = (
    "a websocket was asked for, which WSGI servers cannot have; htag apps that are bound without "
    'transport="websocket" get along without, and others need server.asgi'
)
_ONE_THREAD = (
    "this WSGI server answers one request at a time, and a page of an htag app keeps one open: "
    "give it threads, as in gunicorn --threads 32"
)


class Wsgi:
    """A WSGI application. Called on any number of threads of the host.

    An answer that waits, such as events or a poll of a page, keeps one of these threads.

    Args:
        hosted: gives the answers.

    """

    def __init__(self, hosted: Hosted) -> None:
        self._hosted = hosted
        self._lock = threading.Lock()  # guards _told
        self._told: set[str] = set()  # reports that were made

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        self._hosted.called()
        request = _request(environ)
        request.meta[NO_WEBSOCKET] = True
        try:
            refused = self._take_body(environ, request)
            response = self._hosted.answer(request) if refused is None else refused
            if response.upgrade is not None:
                self._tell(_WANTED)
                response = self._hosted.no_upgrade(response, _NO_WEBSOCKETS)
            fields = self._hosted.fields(request, response)
            _begin(start_response, response, fields)
            return self._content(environ, request, response)
        except BaseException:
            request.body.close()
            raise

    def _take_body(self, environ: Environ, request: Request) -> HTTPResponse | None:
        """Read the body as far as it is wanted; an answer: it could not be read."""
        try:
            length = _length(environ)
            store = self._hosted.begin(request, length)
            if store is None:
                return None
            try:
                _fill(store, environ["wsgi.input"], length)
                request.body = store.body()
            except BaseException:
                store.close()
                raise
        except ProtocolError as error:
            return self._hosted.refuse(request, error)
        return None

    def _content(
        self, environ: Environ, request: Request, response: HTTPResponse
    ) -> Iterable[bytes]:
        body = response.body
        if request.method == "HEAD" or response.status in _WITHOUT_CONTENT:
            response.discard()
            request.body.close()
            return [b""]
        if isinstance(body, bytes):
            request.body.close()
            return [body]
        if isinstance(body, FileBody):
            request.body.close()
            return _file(environ, body)
        if not environ.get("wsgi.multithread", True):
            self._tell(_ONE_THREAD)
        if isinstance(body, EventStream):
            settings = self._hosted.settings
            interval = min(settings.websocket_ping_interval, settings.wsgi_ping_interval)
            pieces = body.pieces(interval, settings.websocket_max_queue)
            return _Content(pieces, request, response, self._hosted.welcome(body.close))
        if isinstance(body, LaterBody):
            leave = self._hosted.welcome(body.expire)
            return _Content(iter(body), request, response, leave)
        return _Content(iter(body), request, response)

    def _tell(self, text: str) -> None:
        """Report something once."""
        with self._lock:
            first = text not in self._told
            self._told.add(text)
        if first:
            self._hosted.report(text)


class _Content:
    """What comes piece by piece; the host calls ``close`` when it has sent it, or gives up."""

    def __init__(
        self,
        pieces: Iterator[bytes],
        request: Request,
        response: HTTPResponse,
        leave: Callable[[], object] = lambda: None,
    ) -> None:
        self._pieces = pieces
        self._request = request
        self._response = response
        self._leave = leave

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Release what it is made of."""
        try:
            close = getattr(self._pieces, "close", None)
            if close is not None:
                close()
            self._response.discard()
        finally:
            self._leave()
            self._request.body.close()


def _request(environ: Environ) -> Request:
    mount, path = (_decoded(environ.get(name, "")) for name in ("SCRIPT_NAME", "PATH_INFO"))
    sent = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "").partition("?")[0]
    port = environ.get("REMOTE_PORT", "")
    return host_request(
        environ["REQUEST_METHOD"],
        local_path(mount.rstrip("/") + path, mount, sent),
        environ.get("QUERY_STRING", ""),
        _headers(environ),
        mount=mount,
        version=environ.get("SERVER_PROTOCOL", "").rpartition("/")[2],
        client=(environ.get("REMOTE_ADDR") or "", int(port) if str(port).isdigit() else 0),
        scheme=environ["wsgi.url_scheme"],
    )


def _decoded(text: str) -> str:
    """A path of the environment: its bytes are there as Latin-1 (PEP 3333, "Unicode Issues")."""
    return text.encode("latin-1").decode("utf-8", "replace")


def _headers(environ: Environ) -> Iterator[Field]:
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            yield key[5:].replace("_", "-").lower(), value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield key.replace("_", "-").lower(), value


def _length(environ: Environ) -> int | None:
    """Bytes of the body; None: until the input ends, which only some hosts can have.

    Raises:
        ProtocolError: 400, it is no number.

    """
    told = environ.get("CONTENT_LENGTH") or ""
    if told:
        if not (told.isascii() and told.isdigit()) or len(told) > 18:
            raise ProtocolError(400, "Content-Length must be a number")
        return int(told)
    chunked = "HTTP_TRANSFER_ENCODING" in environ
    return None if chunked and environ.get("wsgi.input_terminated") else 0


def _fill(store: BodyStore, source: Any, length: int | None) -> None:
    """Read a body.

    Raises:
        ProtocolError: it is too large, cannot be stored, or the client has left.

    """
    try:
        while length is None or store.received < length:
            left = PIECE if length is None else min(PIECE, length - store.received)
            piece = source.read(left)
            if not piece:
                break
            store.add(piece)
    except OSError as error:
        raise ProtocolError(400, "the body has not arrived") from error
    if length is not None and store.received < length:
        raise ProtocolError(400, "the body has not arrived as a whole")


def _begin(start_response: StartResponse, response: HTTPResponse, fields: list[Field]) -> None:
    typed = any(name.lower() == "content-type" for name, _ in fields)
    if response.status in _WITHOUT_CONTENT and typed:
        fields = [field for field in fields if field[0].lower() != "content-type"]
    elif response.status not in _WITHOUT_CONTENT and not typed:
        fields.append(("Content-Type", TEXT))  # which WSGI asks for, whatever the content is
    start_response(f"{response.status} {reason_phrase(response.status)}", fields)


def _file(environ: Environ, body: FileBody) -> Iterable[bytes]:
    """A part of a file, sent by the host itself where it can do that and it is the last part."""
    wrapper = environ.get("wsgi.file_wrapper")
    body.file.seek(body.offset)
    try:
        whole = os.fstat(body.file.fileno()).st_size == body.offset + body.length
    except OSError:  # it is no file of the system
        whole = False
    if wrapper is not None and whole:
        wrapped: Iterable[bytes] = wrapper(body.file, PIECE)
        return wrapped
    return _Part(body)


class _Part:
    """A part of a file."""

    def __init__(self, body: FileBody) -> None:
        self._body = body
        self._left = body.length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._body.file.read(min(PIECE, self._left))
        if not piece:
            raise StopIteration
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Close the file."""
        self._body.close()
