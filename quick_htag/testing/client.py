"""An in-process client: drives an application without a socket.

client = TestClient(app)
assert client.get("/api/hello").json() == {"message": "hello"}
"""

from __future__ import annotations

import base64
import json as json_module
import secrets
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, BinaryIO
from urllib.parse import urlencode

from ..deadline import monotonic
from ..errors import BodyRefused
from ..interfaces import Application
from ..messages.body import AWAITED, Body, RefusedBody
from ..messages.event_stream import EventStream
from ..messages.headers import Headers
from ..messages.request import Request
from ..messages.response import FileBody, HTTPResponse, Stream, Tunnel
from ..messages.standing_fields import NONE, StandingFields
from .socket import TestSocket

FileValue = bytes | str | BinaryIO
FileEntry = FileValue | tuple[str, FileValue] | tuple[str, FileValue, str]
"""Content, or ``(filename, content)``, or ``(filename, content, content type)``."""


class TestResponse:
    """An answer, read completely.

    Attributes:
        status: the status code.
        headers: the fields, ``Content-Length`` included where a transport would send one.
        content: the body as a client gets it: empty for HEAD, and for a stream of events.
        stream: a stream of events, else None. Iterating it opens it and gives the events as bytes,
            as they come; its ``close()`` ends that, on any thread.

    """

    __test__ = False  # not a test, whatever pytest thinks of the name

    def __init__(
        self, method: str, response: HTTPResponse, standing: StandingFields = NONE
    ) -> None:
        self.status = response.status
        fields = [*response.headers, *standing.missing(response)]
        if response.status >= 200 and response.status not in (204, 304):
            if isinstance(response.body, bytes):
                fields.append(("Content-Length", str(len(response.body))))
            elif isinstance(response.body, (FileBody, Stream)) and response.body.length is not None:
                fields.append(("Content-Length", str(response.body.length)))
        self.headers = Headers(fields)
        self.stream: EventStream | None = None
        if method == "HEAD":
            response.discard()
            self.content = b""
        elif isinstance(response.body, EventStream):
            self.stream = response.body
            self.content = b""
        else:
            self.content = response.content()

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.content.decode()

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is none.

        """
        return json_module.loads(self.content)

    def __repr__(self) -> str:
        return f"<TestResponse {self.status}>"


class TestClient:
    """Sends requests to an application, on the calling thread; keeps cookies between them.

    Args:
        app: an ``App``, or anything else that is an ``Application``.
        host: the ``Host`` of the requests.
        scheme: "http" or "https".
        client_address: ``(host, port)`` the requests seem to come from.

    Attributes:
        cookies: the cookies by name, sent with every request; paths are not looked at.

    """

    __test__ = False  # not a test, whatever pytest thinks of the name

    def __init__(
        self,
        app: Application,
        *,
        host: str = "localhost",
        scheme: str = "http",
        client_address: tuple[str, int] = ("127.0.0.1", 50000),
    ) -> None:
        self.app = app
        self.cookies: dict[str, str] = {}
        self._host = host
        self._scheme = scheme
        self._client_address = client_address

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Send GET."""
        return self.request("GET", path, headers)

    def head(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Send HEAD."""
        return self.request("HEAD", path, headers)

    def post(
        self, path: str, headers: Mapping[str, str] | None = None, **content: Any
    ) -> TestResponse:
        """Send POST; see ``request`` for ``json``, ``data`` and ``files``."""
        return self.request("POST", path, headers, **content)

    def put(
        self, path: str, headers: Mapping[str, str] | None = None, **content: Any
    ) -> TestResponse:
        """Send PUT; see ``request`` for ``json``, ``data`` and ``files``."""
        return self.request("PUT", path, headers, **content)

    def delete(
        self, path: str, headers: Mapping[str, str] | None = None, **content: Any
    ) -> TestResponse:
        """Send DELETE; see ``request`` for ``json``, ``data`` and ``files``."""
        return self.request("DELETE", path, headers, **content)

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        json: Any = None,
        data: bytes | str | Mapping[str, str] | None = None,
        files: Mapping[str, FileEntry] | None = None,
    ) -> TestResponse:
        """Send a request and read its answer.

        Args:
            method: the method.
            path: the target: path and query.
            headers: more header fields; they replace those made here.
            json: a JSON body.
            data: a body as it is, or form fields.
            files: files by name, sent as multipart/form-data together with the fields of ``data``.

        """
        body, content_type = encode_body(json, data, files)
        fields = {"content-type": content_type} if content_type else {}
        if body:
            fields["content-length"] = str(len(body))
        fields.update({name.lower(): value for name, value in (headers or {}).items()})
        response = self._exchange(method, path, fields, body)
        return TestResponse(method, response, getattr(self.app, "standing_fields", NONE))

    def websocket(self, path: str, headers: Mapping[str, str] | None = None) -> TestSocket:
        """Open a websocket, as a page of this server would.

        Args:
            path: the target: path and query.
            headers: more header fields; they replace those made here.

        Raises:
            AssertionError: the server has refused it.

        """
        fields = {
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": base64.b64encode(secrets.token_bytes(16)).decode(),
            **self.own_origin(),
        }
        fields.update({name.lower(): value for name, value in (headers or {}).items()})
        response = self._exchange("GET", path, fields)
        upgrade = response.upgrade
        assert upgrade is not None, f"{path} was answered {TestResponse('GET', response)}"
        assert not isinstance(upgrade.receiver, Tunnel), f"{path} leads to another server"
        return TestSocket(upgrade.receiver, self._client_address[0])

    def own_origin(self) -> dict[str, str]:
        """The header field by which a page of this server is known."""
        return {"origin": f"{self._scheme}://{self._host}"}

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HTTPResponse:
        fields = {"host": self._host, **headers}
        if self.cookies and "cookie" not in fields:
            fields["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = Request(
            method,
            path,
            Headers(fields.items()),
            client_address=self._client_address,
            scheme=self._scheme,
            started=monotonic(),
        )
        limit = self.app.target(request).body_limit
        admission = getattr(self.app, "admission", None) if body else None
        if admission is not None:
            request.body = AWAITED
            limit = limit if admission(request) else 0
        request.body = Body(body) if len(body) <= limit else RefusedBody(BodyRefused(413))
        response = self.app.handle(request)
        self._keep_cookies(response)
        return response

    def _keep_cookies(self, response: HTTPResponse) -> None:
        for name, value in response.headers:
            if name.lower() != "set-cookie":
                continue
            cookie = SimpleCookie()
            try:
                cookie.load(value)
            except CookieError:  # a browser passes over it too
                continue
            for key, morsel in cookie.items():
                if _is_deletion(morsel["max-age"], morsel["expires"]):
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = morsel.coded_value


def _is_deletion(max_age: str, expires: str) -> bool:
    if max_age:
        return int(max_age) <= 0
    return bool(expires) and parsedate_to_datetime(expires).timestamp() <= 0.0


def encode_body(
    json: Any, data: bytes | str | Mapping[str, str] | None, files: Mapping[str, FileEntry] | None
) -> tuple[bytes, str]:
    """A request body and its content type; both empty without a body."""
    if files is not None:
        return _encode_multipart(data if isinstance(data, Mapping) else {}, files)
    if json is not None:
        return json_module.dumps(json).encode(), "application/json"
    if isinstance(data, Mapping):
        return urlencode(data).encode(), "application/x-www-form-urlencoded"
    if isinstance(data, str):
        return data.encode(), "text/plain; charset=utf-8"
    return (data, "application/octet-stream") if data else (b"", "")


def _encode_multipart(
    fields: Mapping[str, str], files: Mapping[str, FileEntry]
) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    lines: list[bytes] = []
    for name, value in fields.items():
        lines.append(_part_head(boundary, name) + b"\r\n" + value.encode())
    for name, entry in files.items():
        filename, content, kind = _file_entry(name, entry)
        head = _part_head(boundary, name, filename) + f"Content-Type: {kind}\r\n\r\n".encode()
        lines.append(head + content)
    lines.append(f"--{boundary}--\r\n".encode())
    return b"\r\n".join(lines), f"multipart/form-data; boundary={boundary}"


def _part_head(boundary: str, name: str, filename: str | None = None) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if filename is not None:
        head += f'; filename="{_quoted(filename)}"'
    return f"{head}\r\n".encode()


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _file_entry(name: str, entry: FileEntry) -> tuple[str, bytes, str]:
    filename, kind = name, "application/octet-stream"
    if isinstance(entry, tuple):
        filename, value = entry[0], entry[1]
        if len(entry) == 3:
            kind = entry[2]
    else:
        value = entry
    if isinstance(value, str):
        return filename, value.encode(), kind
    return filename, value if isinstance(value, bytes) else value.read(), kind
