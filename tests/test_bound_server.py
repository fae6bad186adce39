"""Where a server listens and how it names itself."""

import builtins
import errno
import http.server
import socket

import pytest
import requests

from quick_htag import ConfigurationError, create_server
from quick_htag.bound_server import _explain


def hello(server):
    """Register an endpoint."""
    server.json_get("/hello", 0)(lambda req, args: {"message": "hello"})


class TestAddress:
    def test_it_is_a_threading_http_server(self, live_server):
        """Code that expects the class of the standard library gets it."""
        assert isinstance(live_server, http.server.ThreadingHTTPServer)

    def test_the_empty_host_is_localhost(self, live_server):
        """Nothing but this machine reaches a server that names no host."""
        assert live_server.server_address[0] == "127.0.0.1"

    def test_port_zero_takes_a_free_port(self, start_server):
        """Two servers that ask for any port have one each."""
        first, second = start_server(hello), start_server(hello)
        assert first.server_address[1] != second.server_address[1]
        assert all(requests.get(f"{s.url}hello", timeout=30).ok for s in (first, second))

    def test_a_taken_port_is_an_error(self, live_server):
        """A port in use is not shared."""
        with pytest.raises(OSError, match=r"in use|only one usage"):
            create_server(("", live_server.server_address[1]))

    def test_a_taken_port_is_named_with_a_way_out(self, live_server):
        """Which address it was, and what to do; the system says neither."""
        port = live_server.server_address[1]
        with pytest.raises(OSError, match=rf"0 takes a free one\): '127.0.0.1:{port}'"):
            create_server(("", port))

    def test_an_address_of_another_machine_is_explained(self):
        """With what the host may be."""
        with pytest.raises(OSError, match=r"\"0\.0\.0\.0\" for all: '192\.0\.2\.1:0'"):
            create_server(("192.0.2.1", 0))  # of documentation, RFC 5737

    def test_an_address_of_ipv6_is_in_brackets(self):
        """Where it ends and the port begins would be a guess."""
        error = OSError(errno.EADDRINUSE, "in use")
        _explain(error, ("::1", 8080))
        assert str(error).endswith("port (0 takes a free one): '[::1]:8080'")

    def test_an_unknown_host_is_named(self):
        """Otherwise nobody would know whose name was not known."""
        with pytest.raises(OSError, match=r"no host 'nowhere\.invalid' can be found"):
            create_server(("nowhere.invalid", 0))

    @pytest.mark.parametrize("address", [8080, "8080", ("", "8080"), (None, 0), ("",)])
    def test_what_is_no_address_is_refused(self, address):
        """With one that is."""
        with pytest.raises(ConfigurationError, match=r'as in \("", 8080\), not '):
            create_server(address)

    def test_a_cell_that_runs_again_replaces_its_server(self, monkeypatch, start_server):
        """In a notebook the port is taken over from the server that has it in this process."""
        first = start_server(hello)
        address = ("", first.server_address[1])
        first.server_close()
        monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)
        second = start_server(hello, address)
        third = start_server(hello, address)
        assert second.done
        assert requests.get(f"{third.url}hello", timeout=30).json() == {"message": "hello"}

    def test_a_port_of_another_program_is_not_replaced(self, monkeypatch):
        """A notebook takes no port from anybody else."""
        monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = ("", other.getsockname()[1])
            with pytest.raises(OSError, match=r"in use|only one usage"):
                create_server(address)

    def test_ipv6(self):
        """An IPv6 host is served, and its url has brackets."""
        try:
            server = create_server(("::1", 0))
        except OSError as error:
            pytest.skip(f"this machine has no IPv6: {error}")
        with server:
            hello(server)
            server.start()
            assert requests.get(f"{server.url}hello", timeout=30).json() == {"message": "hello"}
            assert server.url.startswith("http://[::1]:")

    def test_it_names_itself(self, live_server):
        """``str`` shows the address and whether requests run in parallel."""
        port = live_server.server_address[1]
        assert str(live_server) == f"QuickServer[('127.0.0.1', {port}) parallel]"
