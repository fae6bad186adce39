"""The hosts a server answers for."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, HTTPError
from quick_htag.logs import MessageLog
from quick_htag.messages.forwarded import Forwarded
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.middleware.hosts import LOOPBACK, AllowedHosts, loopback_hosts, refuse_host


def _request(host: str | None, forwarded: str | None = None) -> Request:
    request = Request("GET", "/", Headers([] if host is None else [("Host", host)]))
    if forwarded is not None:
        request.forwarded = Forwarded(None, None, forwarded, "")
    return request


def _allows(host: str | None, entries: Any = LOOPBACK, forwarded: str | None = None) -> bool:
    return AllowedHosts(entries, MessageLog(StringIO())).allows(_request(host, forwarded))


class TestLoopback:
    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "LocalHost:8080",
            "localhost.",
            "localhost.:80",
            "app.localhost",
            "a.b.localhost:1",
            "127.0.0.1",
            "127.1.2.3:8080",
            "[::1]",
            "[::1]:8080",
            "[0:0:0:0:0:0:0:1]:8080",
            "[::ffff:127.0.0.1]",
        ],
    )
    def test_its_own_names_are_allowed(self, host: str) -> None:
        """localhost, what is below it, and loopback addresses, with any port."""
        assert _allows(host)

    @pytest.mark.parametrize(
        "host",
        [
            "",
            ":8080",
            ".",
            ".localhost",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "192.168.0.1",
            "[::2]",
            "0.0.0.0",
            "localhost:80:80",
        ],
    )
    def test_other_names_are_not(self, host: str) -> None:
        """Whatever another site's name may look like, it is not this server."""
        assert not _allows(host)

    def test_no_host_is_let_through(self) -> None:
        """HTTP/1.0 has requests without one, and no browser sends them."""
        assert _allows(None)

    @pytest.mark.parametrize(
        ("bound", "wanted"),
        [
            (("127.0.0.1", ""), (*LOOPBACK, "127.0.0.1")),
            (("127.0.1.1", "box.local"), (*LOOPBACK, "127.0.1.1", "box.local")),
            (("::1", "::1"), LOOPBACK),
            (("0.0.0.0", "0.0.0.0"), None),
            (("192.168.0.5", ""), None),
            (("::", "::"), None),
            (("/run/app.sock", ""), None),
        ],
    )
    def test_it_is_the_default_where_only_this_machine_listens(
        self, bound: tuple[str, ...], wanted: tuple[str, ...] | None
    ) -> None:
        """A server for others has names that cannot be known."""
        found = loopback_hosts(*bound)
        assert found == (None if wanted is None else tuple(dict.fromkeys(wanted)))


class TestEntries:
    @pytest.mark.parametrize(
        ("entry", "host", "allowed"),
        [
            ("example.org", "example.org", True),
            ("Example.org.", "EXAMPLE.ORG:8080", True),
            ("example.org", "www.example.org", False),
            ("example.org:8080", "example.org:8080", True),
            ("example.org:8080", "example.org", False),
            ("example.org:8080", "example.org:8081", False),
            ("*.example.org", "a.b.example.org:1", True),
            ("*.example.org", "example.org", False),
            ("*.example.org", "evilexample.org", False),
            ("192.168.0.0/16", "192.168.3.4:80", True),
            ("192.168.0.0/16", "192.169.3.4", False),
            ("2001:db8::/32", "[2001:db8::5]:80", True),
            ("[2001:db8::1]", "[2001:DB8:0::1]", True),
            ("[2001:db8::1]:80", "[2001:db8::1]:80", True),
        ],
    )
    def test_what_an_entry_allows(self, entry: str, host: str, allowed: bool) -> None:
        """A name, with or without a port, everything below a name, an address, a network."""
        assert _allows(host, [entry]) is allowed

    @pytest.mark.parametrize("entry", ["*", "", "a*.example.org", "10.0.0.1/8", "10.0.0.0/99"])
    def test_a_mistake_is_told(self, entry: str) -> None:
        """What could not be meant so is refused when it is set."""
        with pytest.raises(ConfigurationError, match="allowed_hosts"):
            AllowedHosts([entry], MessageLog(StringIO()))

    def test_one_entry_may_be_given_by_itself(self) -> None:
        """A text is not taken for a list of letters."""
        assert _allows("example.org", "example.org")


class TestProxies:
    def test_both_names_must_be_allowed(self) -> None:
        """A page that got in by rebinding cannot talk itself out with X-Forwarded-Host."""
        assert _allows("localhost", forwarded="localhost:80")
        assert not _allows("evil.example", forwarded="localhost")
        assert not _allows("localhost", forwarded="evil.example")


class TestReports:
    def test_a_refused_host_is_reported_once(self) -> None:
        """The log tells the owner what to set, and does not repeat itself."""
        log = StringIO()
        hosts = AllowedHosts(LOOPBACK, MessageLog(log))
        for host in ("app.example.org", "app.example.org:8080", "app.example.org"):
            assert not hosts.allows(_request(host))
        assert log.getvalue().count("\n") == 1
        assert "server.allowed_hosts = [*server.allowed_hosts, 'app.example.org']" in log.getvalue()

    def test_reports_are_bounded(self) -> None:
        """Somebody who tries many names fills neither log nor memory."""
        log = StringIO()
        hosts = AllowedHosts(LOOPBACK, MessageLog(log))
        for number in range(1000):
            hosts.allows(_request(f"h{number}.example"))
        assert log.getvalue().count("\n") == 256

    def test_the_memo_is_bounded(self) -> None:
        """Every port is another spelling of an allowed host; they are not all remembered."""
        hosts = AllowedHosts(LOOPBACK, MessageLog(StringIO()))
        assert all(hosts.allows(_request(f"localhost:{port}")) for port in range(1000))
        assert len(hosts._known) == 256

    def test_the_answer_says_what_to_set(self) -> None:
        """421, with the host and the setting."""
        with pytest.raises(HTTPError, match=r"421 .*'app\.example'.*server\.allowed_hosts"):
            refuse_host(_request("app.example"))
