"""Whether the leader comes round."""

from __future__ import annotations

from quick_htag.transports.pulse import Pulse

PATIENCE = 20.0


def test_it_is_due_at_once():
    """And nobody has felt it."""
    pulse = Pulse()
    assert pulse.deadline == 0.0
    assert not pulse.felt.is_set()


def test_a_leader_that_waits_comes_round(serve, site):
    """It is woken for that; one that has not begun, or ends, need not."""
    served = serve(site)
    assert served.transport.comes_round(PATIENCE)
    assert served.get().body == b"hello"
    assert served.transport.comes_round(PATIENCE)
    assert served.transport.stop(PATIENCE)
    assert served.transport.comes_round(0.0)


def test_targets_that_block_keep_nobody(serve, site, gate):
    """As many as there may be: another thread leads, and the server is only busy."""
    site.add("/block", gate)
    served = serve(site, max_threads=2)
    clients = [served.connect() for _ in range(4)]
    for client in clients:
        client.send(b"GET /block HTTP/1.1\r\nHost: x\r\n\r\n")
    gate.await_inside(2)
    assert served.transport.comes_round(PATIENCE)


def test_a_leader_that_is_stuck_does_not(serve, site, gate, monkeypatch):
    """In the middle of what only it does; nothing else is answered either."""
    served = serve(site)
    monkeypatch.setattr(site, "target", lambda request: [gate(), site.nowhere][1])
    served.connect().send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    gate.await_inside()
    assert not served.transport.comes_round(0.1)
    gate.open()
    assert served.transport.comes_round(PATIENCE)
