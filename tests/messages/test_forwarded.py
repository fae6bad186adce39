"""What proxies say, and what is not believed of it."""

from __future__ import annotations

import pytest

from quick_htag.messages.forwarded import Forwarded, Node, parse_node, read_forwarded
from quick_htag.messages.headers import Headers

PROXIES = ("10.0.0.1", "10.0.0.2", "10.0.0.3")


def _read(*fields: tuple[str, str]) -> Forwarded:
    found = read_forwarded(Headers(fields), PROXIES.__contains__)
    return Forwarded(None, None, None, "") if found is None else found


def _client(*fields: tuple[str, str]) -> Node | None:
    return _read(*fields).client


def _for(text: str) -> Node | None:
    return _client(("X-Forwarded-For", text))


class TestNode:
    @pytest.mark.parametrize(
        ("text", "node"),
        [
            ("192.0.2.1", ("192.0.2.1", 0)),
            ("192.0.2.1:4711", ("192.0.2.1", 4711)),
            ("2001:DB8::1", ("2001:db8::1", 0)),
            ("[2001:db8::1]", ("2001:db8::1", 0)),
            ("[2001:db8:0::1]:80", ("2001:db8::1", 80)),
            ("::ffff:192.0.2.1", ("192.0.2.1", 0)),
            ("unknown", ("unknown", 0)),
            ("_hidden:_port", ("_hidden", 0)),
        ],
    )
    def test_spellings(self, text: str, node: Node) -> None:
        """Addresses come with and without brackets and ports, names by RFC 7239 too."""
        assert parse_node(text) == node

    @pytest.mark.parametrize(
        "text", ["", "example.org", "192.0.2.256", "192.0.2.1:99999", "[::1", "1.2.3.4:x", "a b"]
    )
    def test_what_is_no_node(self, text: str) -> None:
        """A host name, or half an address, is none."""
        assert parse_node(text) is None


class TestHops:
    def test_one_proxy(self) -> None:
        """What the only proxy has added is the client."""
        assert _for("192.0.2.1") == ("192.0.2.1", 0)

    def test_what_the_client_claims_is_left_of_it(self) -> None:
        """Only the right-most address that is no proxy counts."""
        assert _for("127.0.0.1, 192.0.2.1") == ("192.0.2.1", 0)

    def test_several_proxies(self) -> None:
        """Trusted proxies on the right are passed over."""
        assert _for("127.0.0.1, 192.0.2.1, 10.0.0.2, 10.0.0.3") == ("192.0.2.1", 0)

    def test_an_unknown_proxy_is_the_client(self) -> None:
        """Behind a proxy that is not trusted, nothing is known."""
        assert _for("192.0.2.1, 203.0.113.9, 10.0.0.3") == ("203.0.113.9", 0)

    def test_only_proxies(self) -> None:
        """A request that a proxy makes itself comes from that proxy."""
        assert _for("10.0.0.1, 10.0.0.2") == ("10.0.0.1", 0)

    def test_several_lines_are_one_list(self) -> None:
        """A proxy may add a line instead of a member."""
        lines = [("X-Forwarded-For", "1.1.1.1"), ("x-forwarded-for", "192.0.2.1, 10.0.0.2")]
        assert _client(*lines) == ("192.0.2.1", 0)

    @pytest.mark.parametrize(
        "text", ["garbage", "192.0.2.1, garbage", "192.0.2.1, gar bage, 10.0.0.2"]
    )
    def test_garbage_of_a_proxy_ends_it(self, text: str) -> None:
        """What a trusted proxy should have written and is malformed is ignored as a whole."""
        assert _for(text) is None

    @pytest.mark.parametrize("text", ['"', "garbage", "=;,[", "\x80"])
    def test_garbage_of_the_client_is_not_looked_at(self, text: str) -> None:
        """A client cannot hide its address by writing nonsense before it."""
        assert _for(f"{text}, 192.0.2.1, 10.0.0.2") == ("192.0.2.1", 0)


class TestCommonFields:
    def test_all_of_them(self) -> None:
        """Client, scheme, host with port, and prefix are put together."""
        found = _read(
            ("X-Forwarded-For", "192.0.2.1"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "example.org"),
            ("X-Forwarded-Port", "8443"),
            ("X-Forwarded-Prefix", "/app/"),
        )
        assert found == (("192.0.2.1", 0), "https", "example.org:8443", "/app")

    def test_nothing_said(self) -> None:
        """Without these fields there is nothing to believe."""
        assert read_forwarded(Headers([("Host", "a")]), PROXIES.__contains__) is None

    @pytest.mark.parametrize(
        ("text", "scheme"), [("HTTPS", "https"), ("wss", "https"), ("ftp", None)]
    )
    def test_scheme(self, text: str, scheme: str | None) -> None:
        """It is http or https, or nothing."""
        assert _read(("X-Forwarded-Proto", text)).scheme == scheme

    def test_the_proxy_next_to_the_client_knows_the_scheme(self) -> None:
        """Between the proxies it may be another."""
        hops = ("X-Forwarded-For", "192.0.2.1, 10.0.0.2")
        assert _read(hops, ("X-Forwarded-Proto", "https, http")).scheme == "https"

    def test_a_scheme_the_client_claims_is_not_taken(self) -> None:
        """It stands further left than the trusted proxies reach."""
        hops = ("X-Forwarded-For", "127.0.0.1, 192.0.2.1")
        assert _read(hops, ("X-Forwarded-Proto", "https, http")).scheme == "http"

    def test_one_value_for_several_hops(self) -> None:
        """Proxies may replace the field instead of adding to it."""
        hops = ("X-Forwarded-For", "192.0.2.1, 10.0.0.2, 10.0.0.3")
        assert _read(hops, ("X-Forwarded-Host", "example.org")).host == "example.org"

    @pytest.mark.parametrize(
        ("host", "port", "proto", "wanted"),
        [
            ("example.org", "443", "https", "example.org"),
            ("example.org", "80", "http", "example.org"),
            ("example.org", "80", "https", "example.org:80"),
            ("example.org:8443", "443", "https", "example.org:8443"),
            ("[2001:db8::1]", "8443", "https", "[2001:db8::1]:8443"),
            ("example.org", "x", "https", "example.org"),
        ],
    )
    def test_port(self, host: str, port: str, proto: str, wanted: str) -> None:
        """It completes a host that has none, unless it is the usual one."""
        fields = [("X-Forwarded-Host", host), ("X-Forwarded-Port", port)]
        assert _read(*fields, ("X-Forwarded-Proto", proto)).host == wanted

    @pytest.mark.parametrize("host", ["a b", "a/b", "me@a", "a:99999", "a:b", "<script>", '"a"'])
    def test_a_malformed_host_is_ignored(self, host: str) -> None:
        """What is no host never becomes one."""
        assert _read(("X-Forwarded-Host", host)).host is None

    @pytest.mark.parametrize(
        "prefix",
        ["app", "//evil.example", "/a//b", "/a;Domain=x", "/../a", "/a/..", "/a b", "/a\\b"],
    )
    def test_a_malformed_prefix_is_ignored(self, prefix: str) -> None:
        """A prefix goes into cookies and addresses, so it is a plain path."""
        assert _read(("X-Forwarded-Prefix", prefix)).prefix == ""

    @pytest.mark.parametrize(
        ("text", "prefix"), [("/", ""), ("/a/b.c/", "/a/b.c"), ("/..a", "/..a")]
    )
    def test_prefix(self, text: str, prefix: str) -> None:
        """It has no slash at its end."""
        assert _read(("X-Forwarded-Prefix", text)).prefix == prefix

    def test_a_malformed_field_costs_no_other(self) -> None:
        """A client that gets nonsense into one field hides nothing by it."""
        found = _read(("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Prefix", ";;;"))
        assert found == (("192.0.2.1", 0), None, None, "")


class TestForwardedField:
    def test_all_of_it(self) -> None:
        """for, proto and host are read; quotes, case and blanks are as RFC 7239 has them."""
        text = 'For="[2001:db8::1]:4711" ; Proto=https;host="example.org:8443";by=10.0.0.1'
        wanted = (("2001:db8::1", 4711), "https", "example.org:8443", "")
        assert _read(("Forwarded", text)) == wanted

    def test_what_the_client_claims_is_left_of_it(self) -> None:
        """Only the right-most element that is of no proxy counts."""
        text = "for=127.0.0.1;proto=https;host=evil, for=192.0.2.1;proto=http"
        assert _read(("Forwarded", text)) == (("192.0.2.1", 0), "http", None, "")

    def test_several_proxies(self) -> None:
        """The proxy next to the client knows scheme and host."""
        text = "for=192.0.2.1;proto=https;host=example.org, for=10.0.0.2;proto=http;host=inner"
        assert _read(("Forwarded", text)) == (("192.0.2.1", 0), "https", "example.org", "")

    def test_a_proxy_that_says_less(self) -> None:
        """What the proxy next to the client leaves out, the next may say."""
        text = "for=192.0.2.1, for=10.0.0.2;proto=https"
        assert _read(("Forwarded", text)).scheme == "https"

    def test_a_proxy_that_names_nobody_ends_it(self) -> None:
        """What is left of it may be the client's."""
        assert _read(("Forwarded", "for=127.0.0.1;host=evil, proto=https")) == (
            None,
            "https",
            None,
            "",
        )

    @pytest.mark.parametrize(
        "text",
        ["for", "for=", "for=a b", "for=1.2.3.4;for=1.2.3.4", 'for="1.2.3.4', "for=1.2.3.4;", "=1"],
    )
    def test_malformed_is_ignored_as_a_whole(self, text: str) -> None:
        """Nothing of an element that breaks the syntax is believed."""
        assert read_forwarded(Headers([("Forwarded", text)]), PROXIES.__contains__) is None

    @pytest.mark.parametrize("text", ['for="', 'for="\\', "for=127.0.0.1;", '"'])
    def test_an_open_quote_of_the_client_does_no_harm(self, text: str) -> None:
        """A client cannot swallow what the proxy adds."""
        assert _client(("Forwarded", f"{text}, for=192.0.2.1")) == ("192.0.2.1", 0)

    @pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"])
    def test_the_common_fields_outweigh_it(self, name: str) -> None:
        """A proxy that writes those passes on the one a client has written."""
        value = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}.get(name, "a.org")
        found = _read(("Forwarded", "for=127.0.0.1;host=evil;proto=http"), (name, value))
        assert found.client != ("127.0.0.1", 0)
        assert found.host != "evil"
