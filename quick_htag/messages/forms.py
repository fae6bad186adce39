"""Turns query strings and request bodies into dictionaries."""

from __future__ import annotations

import json
from typing import Any, Final

from ..errors import BodyRefused, HTTPError
from .body import Body
from .form_limits import DEFAULT_LIMITS, FormLimits
from .multipart import is_clear, parse_multipart, parse_options
from .params import Params, parse_query
from .upload import Upload

__all__ = ["FormLimits", "Upload", "parse_body", "parse_json", "parse_query"]

_JSON: Final = "application/json"
_DECODER: Final = json.JSONDecoder()  # what ``loads`` has for text
_ASCII_BEGIN: Final = frozenset((b"{", b"["))  # of nearly every body; in UTF-16 a zero follows
_DIGITS: Final = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))


def parse_json(data: bytes, limits: FormLimits = DEFAULT_LIMITS) -> Any:
    """A JSON body.

    Raises:
        HTTPError: 400; what the client sent is not repeated.

    """
    digits = limits.json_digits
    # perhaps inside a string
    long_number = len(data) > digits and b"0" * (digits + 1) in data.translate(_DIGITS)
    try:
        if long_number:
            value = json.loads(data, parse_int=lambda text: _parse_int(text, digits))
        elif (
            data[:1] in _ASCII_BEGIN and data[1:2] != b"\0"
        ):  # what else it may be, ``loads`` finds
            value = _DECODER.decode(data.decode("utf-8", "surrogatepass"))
        else:
            value = json.loads(data)
    except RecursionError:
        raise HTTPError(400, "the JSON body is nested too deep") from None
    except ValueError:  # also an encoding error
        raise HTTPError(400, "the body is not valid JSON") from None
    if data.count(b"[") + data.count(b"{") > limits.json_depth and isinstance(value, (dict, list)):
        _check_depth(value, limits.json_depth)
    return value


def _parse_int(text: str, digits: int) -> int:
    if len(text) - text.startswith("-") > digits:
        raise HTTPError(400, f"a number in the JSON body has more than {digits} digits")
    return int(text)


def _check_depth(value: Any, limit: int) -> None:
    """Looks at one level after the other; code that walks through a value is often recursive."""
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) in (dict, list)
        ]
        if not level:
            return
    raise HTTPError(400, f"the JSON body has more than {limit} levels")


def parse_body(
    content_type: str, body: Body, limits: FormLimits = DEFAULT_LIMITS
) -> tuple[Any, Params]:
    """What ``args["post"]`` and ``args["files"]`` hold; an unknown type is not parsed.

    Args:
        content_type: the header field, compared without case.
        body: the request body.
        limits: what is too much.

    Raises:
        HTTPError: 400, the body is not what its type says; 413, it is too large.

    """
    options: dict[str, str] = {}
    if content_type == _JSON:  # as most clients write it
        kind = _JSON
    else:
        kind, options = parse_options(content_type)
    if body.length == 0:
        body.read()  # a refused body says why
        return Params(), Params()
    if kind == "multipart/form-data":
        if not is_clear(content_type):
            raise HTTPError(400, "the content type has no clear boundary")
        return parse_multipart(body.open(), options.get("boundary", ""), limits, body.spool)
    if body.length > limits.total:
        raise BodyRefused(413, f"the body is larger than {limits.total} bytes")
    if kind == _JSON:
        if body.length > limits.json_size:
            raise HTTPError(413, f"a JSON body has at most {limits.json_size} bytes")
        return parse_json(body.read(), limits), Params()
    if kind == "application/x-www-form-urlencoded":
        return _parse_urlencoded(body, limits), Params()
    return Params(), Params()


def _parse_urlencoded(body: Body, limits: FormLimits) -> Params:
    if body.length > limits.text:
        raise HTTPError(413, "the form is too large")
    data = body.read()
    if data.count(b"&") >= limits.parts:
        raise HTTPError(413, f"the form has more than {limits.parts} fields")
    return parse_query(data.decode("utf-8", "replace"))
