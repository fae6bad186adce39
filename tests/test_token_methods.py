"""The token methods of a server, by the names of quick_server."""

from __future__ import annotations

from quick_htag.stores.tokens import Tokens
from quick_htag.token_methods import TokenMethods


class Server(TokenMethods):
    """A server of nothing else."""

    def __init__(self) -> None:
        self.tokens = Tokens()


def test_the_life_of_a_token() -> None:
    """Made, used, listed, forgotten."""
    server = Server()
    token = server.create_token()
    with server.get_token_obj(token, expire=None) as obj:
        obj["a"] = 1
    assert (server.get_tokens(), server.get_token_ttl(token)) == ([token], None)
    assert server.get_token_obj(token, readonly=True) == {"a": 1}
    server.get_token_obj(token, 0)
    assert (server.get_tokens(), server.get_token_ttl(token)) == ([], 0.0)


def test_default_expiration() -> None:
    """An hour until it is set."""
    server = Server()
    assert server.get_default_token_expiration() == 3600.0
    server.set_default_token_expiration(5.0)
    server.get_token_obj("t")
    assert 4.0 < (server.get_token_ttl("t") or 0.0) <= 5.0
    assert server.get_default_token_expiration() == 5.0
