"""What of the requests is logged, set on the server."""

from __future__ import annotations

from io import StringIO

import pytest
import requests

from quick_htag import ConfigurationError, MessageLog


def test_the_level_may_change_while_it_serves(start_server):
    """From one request to the next."""
    log = StringIO()
    server = start_server(log=MessageLog(log))
    requests.get(f"{server.url}first", timeout=30)
    server.log_level = "none"
    requests.get(f"{server.url}second", timeout=30)
    assert "/first" in log.getvalue()
    assert "GET /second" not in log.getvalue()


def test_suppress_noise_is_a_level(live_server):
    """The attribute of quick_server says the same in its words."""
    assert (live_server.suppress_noise, live_server.log_level) == (False, "all")
    live_server.suppress_noise = True
    assert live_server.log_level == "failures"
    live_server.suppress_noise = False
    assert live_server.log_level == "all"


def test_another_level_is_refused(live_server):
    """And changes nothing."""
    with pytest.raises(ConfigurationError):
        live_server.log_level = "loud"
    assert live_server.log_level == "all"
