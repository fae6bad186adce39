"""What handlers of routes give back, and how it becomes an answer.

Text is a page, a dict or list is JSON, and so on; the classes here are for those who want to set
status, type, fields or cookies. Objects with ``body``, ``status_code`` and ``headers``, those of
Starlette for example, are taken for what they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, MutableMapping
from http.cookies import SimpleCookie
from typing import Any, Final, Literal
from urllib.parse import quote

from ..errors import ConfigurationError
from ..handlers.results import Response as EndpointValue
from ..messages.headers import check_field
from ..messages.response import HTML, JSON, TEXT, Content
from ..messages.response import HTTPResponse as Answer

_OF_THE_TRANSPORT: Final = frozenset(("content-length", "transfer-encoding", "date", "server"))


class Fields(MutableMapping[str, str]):
    """The header fields of an answer, by name without case; several cookies are kept apart.

    Args:
        pairs: those there are.

    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = list(pairs)

    def __getitem__(self, name: str) -> str:
        key = name.lower()
        for field, value in self._pairs:
            if field.lower() == key:
                return value
        raise KeyError(name)

    def __setitem__(self, name: str, value: str) -> None:
        self._remove(name)
        self.append(name, value)

    def __delitem__(self, name: str) -> None:
        if not self._remove(name):
            raise KeyError(name)

    def __iter__(self) -> Any:
        return iter(dict.fromkeys(name.lower() for name, _ in self._pairs))

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self._pairs})

    def _remove(self, name: str) -> bool:
        key, before = name.lower(), len(self._pairs)
        self._pairs = [pair for pair in self._pairs if pair[0].lower() != key]
        return len(self._pairs) < before

    def append(self, name: str, value: str) -> None:
        """Add a field, leaving those of the same name.

        Raises:
            ConfigurationError: not a valid name or value (RFC 9110 section 5.5).

        """
        self._pairs.append(check_field(name, str(value)))

    def pairs(self) -> list[tuple[str, str]]:
        """Every field line."""
        return list(self._pairs)


class Response:
    """An answer with a status and fields of its own.

    Args:
        content: text, bytes, or what a subclass makes bytes of; None: nothing.
        status_code: the HTTP status, 200 to 599.
        headers: fields to send; they replace those it would have.
        media_type: the content type; None: that of the class.

    Attributes:
        body: what is sent.
        status_code: the HTTP status.
        headers: the fields.

    Raises:
        ConfigurationError: no final status, or a field that cannot be sent.

    """

    media_type: str | None = None

    def __init__(
        self,
        content: Any = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        self.status_code = status_code
        self.body: Content = self.render(content)
        self.headers = Fields()
        kind = self.media_type if media_type is None else media_type
        if kind is not None:
            self.headers["Content-Type"] = _with_charset(kind)
        for name, value in (headers or {}).items():
            self.headers[name] = value

    def render(self, content: Any) -> bytes:
        """The bytes of ``content``."""
        if content is None:
            return b""
        return content if isinstance(content, bytes) else str(content).encode()

    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: int | None = None,
        expires: str | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
    ) -> None:
        """Set a cookie.

        Args:
            key: its name.
            value: its value.
            max_age: seconds it lives; None: as long as the browser.
            expires: an HTTP date instead.
            path: the paths it is sent to begin with this.
            domain: the hosts it is sent to; None: this one.
            secure: send it through TLS only.
            httponly: keep it from scripts.
            samesite: whether it goes with requests from other sites.

        """
        cookie = SimpleCookie({key: value})
        flags = {"max-age": max_age, "expires": expires, "path": path, "domain": domain}
        flags |= {"samesite": samesite, "secure": secure, "httponly": httponly}
        for name, flag in flags.items():
            if flag is not None and flag is not False:
                cookie[key][name] = flag
        self.headers.append("Set-Cookie", cookie[key].OutputString())

    def delete_cookie(self, key: str, path: str = "/", domain: str | None = None) -> None:
        """Have the client forget a cookie."""
        self.set_cookie(key, max_age=0, path=path, domain=domain)

    def answer(self) -> Answer:
        """As the server sends it."""
        return Answer(_final(self.status_code), self.headers.pairs(), self.body)


class HTMLResponse(Response):
    """A page."""

    media_type = HTML


class PlainTextResponse(Response):
    """Plain text."""

    media_type = TEXT


class JSONResponse(Response):
    """A value as JSON."""

    media_type = JSON

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()


class RedirectResponse(Response):
    """Sends the client elsewhere.

    Args:
        url: where; what a URL cannot hold is encoded.
        status_code: 307 keeps the method, 303 asks with GET.
        headers: more fields.

    """

    def __init__(
        self, url: str, status_code: int = 307, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(b"", status_code, headers)
        self.headers["Location"] = _encoded(str(url))


class HTTPResponse(Response):
    """An answer as htag 1 spells it.

    Args:
        status: the HTTP status.
        content: text or bytes, or anything that has a text.
        content_type: of the content.
        headers: more fields.

    """

    def __init__(
        self,
        status: int,
        content: Any,
        content_type: str = "text/html",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(content, status, headers, content_type)


class PageResponse(Response):
    """The page of an app; ``await`` gives it too, so that it can be asked for either way.

    Args:
        answer: the page as the server sends it.

    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(None, answer.status)
        self.headers = Fields(answer.headers)
        self.body = answer.body

    def __await__(self) -> Any:
        yield from ()  # there is nothing to wait for
        return self


def as_answer(value: Any) -> Answer:
    """The answer that the value of a handler means.

    Raises:
        TypeError: it means none.

    """
    if isinstance(value, Answer):
        return value.copy()
    if isinstance(value, Response):
        return value.answer()
    if isinstance(value, EndpointValue):
        return _endpoint_answer(value)
    if isinstance(value, (str, bytes)):
        return HTMLResponse(value).answer()
    if isinstance(value, (dict, list)):
        return JSONResponse(value).answer()
    if isinstance(getattr(value, "body", None), bytes) and hasattr(value, "status_code"):
        if getattr(value, "background", None) is not None:
            raise TypeError(
                "a response with a background task: nothing would run it, start it first"
            )
        return Answer(_final(value.status_code), _foreign_fields(value), value.body)
    raise TypeError(
        f"the handler of a route gave {type(value).__name__}; it may give str, bytes, dict, list, "
        "what handle() gives, or a response that has its whole body"
    )


def _endpoint_answer(value: EndpointValue) -> Answer:
    inner = as_answer(value.response)
    inner.status = _final(value.code)
    kind = value.get_ctype(inner.header("Content-Type") or HTML)
    rest = [field for field in inner.headers if field[0].lower() != "content-type"]
    inner.headers = [check_field("Content-Type", kind), *rest]
    return inner


def _foreign_fields(value: Any) -> list[tuple[str, str]]:
    """The fields of a response of another framework, those that come with the body left out."""
    raw = getattr(value, "raw_headers", None)
    if raw is None:
        pairs = [(str(name), str(text)) for name, text in getattr(value, "headers", {}).items()]
    else:
        pairs = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in raw]
    return [check_field(*pair) for pair in pairs if pair[0].lower() not in _OF_THE_TRANSPORT]


def _final(status: Any) -> int:
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise ConfigurationError(f"the status of a response is 200 to 599, not {status!r}")
    return int(status)


def _with_charset(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") and "charset" not in kind else kind


def _encoded(url: str) -> str:
    return quote(url, safe=":/%#?=@[]!$&'()*+,;")
