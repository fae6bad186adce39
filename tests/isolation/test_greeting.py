"""Two ends that know a secret."""

from __future__ import annotations

import pytest

from quick_htag.isolation.greeting import Connecting, Listening, NotTrusted

NAME = b"n" * 16


def test_who_knows_the_secret_is_let_in() -> None:
    """Both are sure then, and the name is known."""
    listening, connecting = Listening(lambda name: name + b"s"), Connecting(NAME, NAME + b"s")
    connecting.check(listening.check(connecting.answer(listening.greeting())))
    assert listening.name == NAME


def test_who_does_not_is_refused() -> None:
    """Neither another secret nor another name will do."""
    for name, secret in ((NAME, b"wrong"), (b"m" * 16, b"s")):
        listening = Listening(lambda name: b"s" if name == NAME else b"t")
        answer = Connecting(name, secret).answer(listening.greeting())
        with pytest.raises(NotTrusted):
            listening.check(answer)


def test_what_was_overheard_is_worth_nothing() -> None:
    """An answer fits one greeting."""
    first, second = Listening(lambda _: b"s"), Listening(lambda _: b"s")
    answer = Connecting(NAME, b"s").answer(first.greeting())
    first.check(answer)
    with pytest.raises(NotTrusted):
        second.check(answer)


def test_a_listener_without_the_secret_is_found_out() -> None:
    """Who has connected does not go on."""
    connecting = Connecting(NAME, b"s")
    connecting.answer(Listening(lambda _: b"t").greeting())
    with pytest.raises(NotTrusted):
        connecting.check(bytes(32))


def test_another_version_is_found_out() -> None:
    """The greeting tells."""
    with pytest.raises(NotTrusted):
        Connecting(NAME, b"s").answer(b"quick_htag app 0" + bytes(32))
