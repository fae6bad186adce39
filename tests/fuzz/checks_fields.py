"""Promises about single header fields."""

from __future__ import annotations

import binascii
import re
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address

from quick_htag.cipher import TO_SERVER, Cipher
from quick_htag.errors import ConfigurationError, HTTPError, SealBroken
from quick_htag.messages.conditional import (
    check_preconditions,
    not_modified,
    parse_http_date,
    requested_range,
)
from quick_htag.messages.cookies import simple_cookie
from quick_htag.messages.deflate import accept_deflate
from quick_htag.messages.disposition import saved_as
from quick_htag.messages.encoding import accepts_gzip
from quick_htag.messages.forwarded import read_forwarded
from quick_htag.messages.headers import Headers, check_field, parse_cookies
from quick_htag.messages.multipart import parse_options
from quick_htag.messages.origins import normalize_origin
from quick_htag.messages.request import Request
from quick_htag.messages.websocket import handshake, same_origin
from quick_htag.middleware.hosts import LOOPBACK, AllowedHosts

_FIELD = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def check_cookies(field: str) -> None:
    """Any field gives cookies or none; what it gives is a piece of it."""
    headers = Headers([("Cookie", field)])
    for name, value in parse_cookies(headers).items():
        assert re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name)
        assert f"{name}=" in field
        assert value in field
        assert ";" not in value
    for name in simple_cookie(headers):
        assert name in field


def check_cookie_round_trip(name: str, value: str) -> None:
    """A cookie that can be set comes back as it was, and alone; another one is refused."""
    cookie = SimpleCookie()
    request = Request("GET", "/")
    try:
        cookie[name] = value
        request.send_cookie(cookie)
    except (CookieError, ConfigurationError):
        return
    ((_, line),) = request.response_headers
    assert _FIELD.fullmatch(line)
    back = simple_cookie(Headers([("Cookie", line)]))
    assert {key: morsel.value for key, morsel in back.items()} == {name: value}


def check_forwarded(evil: str, name: str, prefix: str) -> None:
    """What a client has written before what a trusted proxy adds is never believed."""
    trusted = {"10.0.0.1"}.__contains__
    good = "for=192.0.2.7;proto=https" if name == "forwarded" else "192.0.2.7"
    fields = [(name, f"{evil}, {good}"), ("x-forwarded-prefix", prefix)]
    found = read_forwarded(Headers(fields), trusted)
    if name in ("forwarded", "x-forwarded-for"):
        assert found is not None
        assert found.client == ("192.0.2.7", 0)
    assert found is None or re.fullmatch(r"(/[^/;\s\"<>\\]+)*", found.prefix)
    alone = read_forwarded(Headers([(name, evil), ("x-forwarded-prefix", prefix)]), trusted)
    if alone is not None and alone.client is not None and alone.client[0][0] in "0123456789:":
        ip_address(alone.client[0])


def check_conditional(fields: dict[str, str], size: int, changed: float) -> None:
    """A condition holds or it does not; a range lies in what there is."""
    headers = Headers(fields.items())
    etag = '"abc"'
    try:
        check_preconditions(headers, etag, changed)
        not_modified("GET", headers, etag, changed)
        found = requested_range("GET", headers, size, etag, changed)
    except HTTPError as error:
        assert error.status in (412, 416)
        return
    assert found is None or 0 <= found[0] < found[1] <= size


def check_odd_fields(text: str) -> None:
    """Whatever stands in a field, reading it ends well."""
    headers = Headers([(name, text) for name in ("accept-encoding", "origin", "host")])
    accepts_gzip(headers)
    parse_http_date(text)
    word, options = parse_options(text)
    assert len(word) + sum(map(len, options)) <= len(text)
    origin = normalize_origin(text)
    assert origin is None or normalize_origin(origin) == origin
    answer = accept_deflate(text)
    assert answer is None or check_field("Sec-WebSocket-Extensions", answer.field)
    request = Request("GET", "/", headers)
    same_origin(request)
    if AllowedHosts(LOOPBACK, _Silent()).allows(request):
        assert re.search(r"localhost|127\.|::1|::ffff:7f|:0*1\b", text, re.IGNORECASE), text


class _Silent:
    def message(self, text: str) -> None:
        assert _FIELD.fullmatch(text), "a line of the log is one line"

    def error(self, source: str, text: str, error: BaseException | None = None) -> None:
        raise AssertionError(text)


def check_handshake(fields: list[tuple[str, str]]) -> None:
    """A handshake is accepted or refused with a status of its own."""
    request = Request("GET", "/", Headers(fields))
    try:
        for field in handshake(request):
            check_field(*field)
    except HTTPError as error:
        assert error.status in (400, 426)


def check_saved_as(filename: str) -> None:
    """Whatever a file is called, the field is one field with one name in it."""
    name, value = check_field(*saved_as(filename))
    assert name == "Content-Disposition"
    plain, extended = r'filename="[^"\\/\x00-\x1f\x7f]+"', r"filename\*=UTF-8''[\w%!#$&+^`|~.\-]+"
    assert re.fullmatch(f"attachment; {plain}(; {extended})?", value, re.ASCII), value


class Sealed:
    """Both ends of an encrypted line."""

    def __init__(self) -> None:
        self.page = Cipher("secret", "page", TO_SERVER)
        self.server = Cipher("secret", "page")


def check_sealed(text: str, position: int, change: str, answer: bool) -> None:
    """A sealed message is opened once, by the right one; changed in any way it is refused."""
    ends = Sealed()
    sealed = ends.page.seal(text, answer=answer)
    at = position % (len(sealed) + 1)
    wrongs = (change, sealed[:at] + change + sealed[at:], sealed[:at] + change + sealed[at + 1 :])
    for wrong in wrongs:
        if not _means_the_same(wrong, sealed):
            _refused(ends.server, wrong, answer)
    _refused(ends.server, sealed, not answer)
    _refused(ends.page, sealed, answer)
    assert ends.server.open(sealed, answer=answer) == text.encode("utf-8", "replace").decode()
    _refused(ends.server, sealed, answer)


def _means_the_same(left: str, right: str) -> bool:
    """Whether it is the same in base64, whose last character has bits to spare."""
    try:
        return left[:-4] == right[:-4] and binascii.a2b_base64(left) == binascii.a2b_base64(right)
    except ValueError:
        return False


def _refused(cipher: Cipher, text: str, answer: bool) -> None:
    try:
        cipher.open(text, answer=answer)
    except SealBroken:
        return
    raise AssertionError("opened what nobody has sealed")
