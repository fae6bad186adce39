"""What takes over connections, once there is one."""

from __future__ import annotations

from typing import Any

from quick_htag.transports.late_channels import LateChannels


class Host:
    """Writes down what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[Any, ...]] = []

    def taken_over(self) -> int:
        return len(self.got)

    def __getattr__(self, name: str) -> Any:
        return lambda *values: self.got.append((name, *values))


def _late() -> tuple[LateChannels, list[Host]]:
    hosts: list[Host] = []

    def get() -> Any:
        if not hosts:
            hosts.append(Host())
        return hosts[0]

    return LateChannels(get, lambda: hosts[0] if hosts else None), hosts


def test_counting_makes_nothing() -> None:
    """Without a connection there is nobody, and nobody has taken one over."""
    late, hosts = _late()
    assert late.taken_over() == 0
    assert not hosts


def test_everything_is_passed_on() -> None:
    """Each way to hand over a connection reaches the other one as it was called."""
    late, hosts = _late()
    late.adopt(1, 2, 3, 4, 5)
    late.adopt(1, 2, 3, 4, 5, 6)
    late.stream(1, 2, 3, 4, 5)
    late.relay(1, 2, 3, 4)
    assert hosts[0].got == [
        ("adopt", 1, 2, 3, 4, 5, None),
        ("adopt", 1, 2, 3, 4, 5, 6),
        ("stream", 1, 2, 3, 4, 5),
        ("relay", 1, 2, 3, 4),
    ]
    assert late.taken_over() == 4
