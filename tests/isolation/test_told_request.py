"""Requests as JSON."""

from __future__ import annotations

import json

from quick_htag.isolation.told_request import heard, told
from quick_htag.messages.forwarded import Forwarded
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import NO_WEBSOCKET, Request


def test_a_request_is_the_same_there() -> None:
    """Target, fields in order, the client, and what proxies have said."""
    headers = Headers([("Host", "a"), ("Cookie", "b=1"), ("Cookie", "c=2")])
    request = Request("GET", "/x?y=1", headers, client_address=("::1", 5), scheme="https")
    request.forwarded = Forwarded(("192.0.2.1", 7), "https", "example.com", "/below")
    there = heard(json.loads(json.dumps(told(request))))
    assert (there.url, there.cookies) == (request.url, request.cookies)
    assert (there.client_address, there.forwarded) == (request.client_address, request.forwarded)
    assert there.headers.pairs() == headers.pairs()


def test_websockets_that_cannot_be() -> None:
    """A page is not to try one where its server has none."""
    asked = Request("GET", "/")
    assert NO_WEBSOCKET not in heard(json.loads(json.dumps(told(asked)))).meta
    asked.meta[NO_WEBSOCKET] = True
    assert NO_WEBSOCKET in heard(json.loads(json.dumps(told(asked)))).meta


def test_one_without_proxies() -> None:
    """Nothing was said, and nothing is told."""
    assert heard(json.loads(json.dumps(told(Request("GET", "/"))))).forwarded is None
