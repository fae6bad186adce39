"""Turns query strings and request bodies into dictionaries."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

from ..errors import HTTPError
from .body import Body
from .multipart import FormLimits, parse_multipart, parse_options
from .upload import Upload

__all__ = ["FormLimits", "Upload", "parse_body", "parse_json", "parse_query"]

DEFAULT_LIMITS = FormLimits()


def parse_query(text: str) -> dict[str, str | bool]:
    """A query string or URL-encoded form.

    ``k=v`` gives a str, ``k`` alone gives True, "+" is a space, nameless items are dropped, and of
    repeated names the last wins. Undecodable bytes become U+FFFD.
    """
    values: dict[str, str | bool] = {}
    for item in text.split("&"):
        name, separator, value = item.partition("=")
        if name:
            values[unquote_plus(name)] = unquote_plus(value) if separator else True
    return values


def parse_json(data: bytes) -> Any:
    """A JSON body.

    Raises:
        HTTPError: 400; what the client sent is not repeated.

    """
    try:
        return json.loads(data)
    except RecursionError:
        raise HTTPError(400, "the JSON body is nested too deep") from None
    except ValueError:  # also an encoding error, or a number of more than 4300 digits
        raise HTTPError(400, "the body is not valid JSON") from None


def parse_body(
    content_type: str, body: Body, limits: FormLimits = DEFAULT_LIMITS
) -> tuple[Any, dict[str, Upload]]:
    """What ``args["post"]`` and ``args["files"]`` hold; an unknown type is not parsed.

    Args:
        content_type: the header field, compared without case.
        body: the request body.
        limits: what is too much.

    Raises:
        HTTPError: 400, the body is not what its type says; 413, it is too large.

    """
    kind, options = parse_options(content_type)
    if body.length == 0:
        body.read()  # a refused body says why
        return {}, {}
    if kind == "application/json":
        return parse_json(body.read()), {}
    if kind == "application/x-www-form-urlencoded":
        return _parse_urlencoded(body, limits), {}
    if kind == "multipart/form-data":
        return parse_multipart(body.open(), options.get("boundary", ""), limits)
    return {}, {}


def _parse_urlencoded(body: Body, limits: FormLimits) -> dict[str, str | bool]:
    if body.length > limits.text:
        raise HTTPError(413, "the form is too large")
    data = body.read()
    if data.count(b"&") >= limits.parts:
        raise HTTPError(413, f"the form has more than {limits.parts} fields")
    return parse_query(data.decode("utf-8", "replace"))
