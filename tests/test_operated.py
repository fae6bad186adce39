"""A server as those see it who operate it."""

from __future__ import annotations

from quick_htag import QuickServer
from quick_htag.operated import Operated


def test_a_server_can_be_operated() -> None:
    """Commands get what they use from every server."""
    assert issubclass(QuickServer, Operated)
    assert {"status", "log_level", "reload"} <= set(dir(Operated))
