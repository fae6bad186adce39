"""Paths of hosts are those of clients, without the mount."""

from __future__ import annotations

import pytest

from quick_htag.transports.host_request import host_request, local_path


@pytest.mark.parametrize(
    ("path", "mount", "sent", "found"),
    [
        ("/a b", "", "", "/a%20b"),
        ("/a/b", "", "/a%2Fb", "/a%2Fb"),  # as it was sent
        ("/a/b", "", "/c", "/a/b"),  # the host has rewritten it
        ("/m/a", "/m", "", "/a"),
        ("/m/a/b", "/m", "/m/a%2Fb", "/a%2Fb"),
        ("/m n/a", "/m n", "/m%20n/a", "/a"),
        ("/m", "/m", "/m", ""),
        ("/m/", "/m/", "/m/", "/"),
        ("/mm/a", "/m", "/mm/a", "/mm/a"),  # not below it
        ("/a", "/m", "/a", "/a"),  # hosts that leave the mount out of the path
        ("/ä", "", "/%C3%A4", "/%C3%A4"),
        ("/ä", "", "/ä", "/%C3%A4"),  # no client may send that
        ("/a", "", "http://host/a", "/a"),
    ],
)
def test_the_path_below_a_mount(path, mount, sent, found):
    """Encoded as the client has sent it, where that is the same path."""
    assert local_path(path, mount, sent) == found


def _request(**changes):
    given = {"mount": "", "version": "1.1", "client": ("192.0.2.1", 5), "scheme": "http"}
    query = changes.pop("query", "a=1")
    return host_request("GET", "/x", query, [("Host", "h")], **{**given, **changes})


def test_a_request_has_what_the_host_knows():
    """Target, fields, client, scheme and version."""
    request = _request(scheme="wss", version="2")
    assert (request.target, request.host, request.client) == ("/x?a=1", "h", ("192.0.2.1", 5))
    assert (request.scheme, request.version) == ("https", "HTTP/1.1")
    assert _request(version="1.0").version == "HTTP/1.0"


def test_a_query_that_nobody_may_send_is_encoded():
    """Hosts that are lenient do not make us so."""
    assert _request(query="a=ä b%20c").target == "/x?a=%C3%A4%20b%20c"


@pytest.mark.parametrize(
    ("mount", "prefix"),
    [("/m", "/m"), ("/m/", "/m"), ("", ""), ("/a b", "/a%20b"), ("/a;b", "/a%3Bb")],
)
def test_the_mount_is_what_was_taken_away(mount, prefix):
    """As for a proxy, so that cookies and addresses fit; nothing in it breaks a cookie."""
    forwarded = _request(mount=mount).forwarded
    assert ("" if forwarded is None else forwarded.prefix) == prefix
