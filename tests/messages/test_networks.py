"""Addresses as they count for limits."""

from __future__ import annotations

import pytest

from quick_htag.messages.networks import network_of


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_network_of(host: str, network: str) -> None:
    """A visitor with an IPv6 network has as many addresses as they like."""
    assert network_of(host) == network
