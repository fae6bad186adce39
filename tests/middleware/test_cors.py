"""Who of other origins may read the answers."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.middleware.cors import CrossOrigin, is_preflight

ALLOW = "Access-Control-Allow-Origin"
LISTED = ["https://example.org", "http://localhost:3000"]


def _request(origin: str | None, method: str = "GET", **fields: str) -> Request:
    pairs = [(name.replace("_", "-"), value) for name, value in fields.items()]
    if origin is not None:
        pairs.append(("Origin", origin))
    return Request(method, "/", Headers([("Host", "api.example"), *pairs]))


def _marked(setting: Any, request: Request, response: HTTPResponse | None = None) -> HTTPResponse:
    response = HTTPResponse.text("ok") if response is None else response
    CrossOrigin(setting, MessageLog(StringIO())).mark(request, response)
    return response


def _preflight(
    setting: Any = True, origin: str = "https://example.org", **fields: str
) -> HTTPResponse:
    fields = {"access_control_request_method": "PUT", **fields}
    response = HTTPResponse(204, [("Allow", "GET, OPTIONS, PUT")])
    return _marked(setting, _request(origin, "OPTIONS", **fields), response)


class TestAny:
    @pytest.mark.parametrize("origin", ["https://example.org", "null", None])
    def test_any_origin_may_read(self, origin: str | None) -> None:
        """The answer is the same for all, so caches need not keep them apart."""
        response = _marked(True, _request(origin))
        assert (response.header(ALLOW), response.header("Vary")) == ("*", None)

    def test_never_with_cookies(self) -> None:
        """Any origin and credentials do not go together."""
        assert (
            _marked(True, _request("https://a")).header("Access-Control-Allow-Credentials") is None
        )


class TestList:
    @pytest.mark.parametrize("origin", ["https://example.org", "http://localhost:3000"])
    def test_a_listed_origin_is_echoed(self, origin: str) -> None:
        """It may send cookies, and caches are told that the answer depends on it."""
        response = _marked(LISTED, _request(origin))
        assert response.header(ALLOW) == origin
        assert response.header("Access-Control-Allow-Credentials") == "true"
        assert response.header("Vary") == "Origin"

    @pytest.mark.parametrize(
        "origin",
        [
            None,
            "null",
            "http://example.org",
            "https://example.org:8443",
            "https://www.example.org",
            "https://example.org.evil",
            "https://evilexample.org",
            "http://localhost",
        ],
    )
    def test_others_get_nothing(self, origin: str | None) -> None:
        """Scheme, host and port must all be the same; the answer still says that it depends."""
        response = _marked(LISTED, _request(origin))
        names = [name for name, _ in response.headers if name != "Content-Type"]
        assert names == ["Vary"]

    def test_spelling_does_not_matter(self) -> None:
        """Default ports and case are put in order."""
        assert _marked(["HTTPS://Example.org:443"], _request("https://example.org")).header(ALLOW)

    def test_one_origin_may_be_given_by_itself(self) -> None:
        """A text is not taken for a list of letters."""
        assert _marked("https://example.org", _request("https://example.org")).header(ALLOW)

    def test_two_origins_in_one_request_are_none(self) -> None:
        """A request with the field twice is no browser's."""
        request = Request("GET", "/", Headers([("Origin", LISTED[0]), ("Origin", LISTED[0])]))
        assert _marked(LISTED, request).header(ALLOW) is None

    @pytest.mark.parametrize(
        "setting", [["*"], ["null"], ["example.org"], ["https://a/b"], ["https://*.a"], [1], 1, "*"]
    )
    def test_a_mistake_is_told(self, setting: Any) -> None:
        """What is no origin is refused when it is set."""
        with pytest.raises(ConfigurationError, match="cross_origin"):
            CrossOrigin(setting, MessageLog(StringIO()))


class TestCallable:
    def test_it_decides(self) -> None:
        """It gets the origin in its usual spelling, and the request."""
        asked: list[Any] = []
        request = _request("https://Example.org:443")
        response = _marked(lambda *args: asked.append(args) or True, request)
        assert asked == [("https://example.org", request)]
        assert response.header(ALLOW) == "https://Example.org:443"

    def test_it_may_refuse(self) -> None:
        """Without a True there are no fields."""
        assert _marked(lambda origin, request: False, _request("https://a")).header(ALLOW) is None

    @pytest.mark.parametrize("origin", [None, "null", "nonsense"])
    def test_it_is_asked_for_origins_only(self, origin: str | None) -> None:
        """An opaque origin is never given cookies."""
        assert _marked(lambda origin, request: True, _request(origin)).header(ALLOW) is None

    def test_a_failure_is_a_no(self) -> None:
        """It is logged, and the answer goes out all the same."""
        log, response = StringIO(), HTTPResponse(200)
        CrossOrigin(lambda *_: 1 // 0, MessageLog(log)).mark(_request("https://a"), response)
        assert response.header(ALLOW) is None
        assert "cross_origin failed for https://a" in log.getvalue()


class TestPreflight:
    def test_what_it_says(self) -> None:
        """The methods that are answered there, the fields that were asked for, ten minutes."""
        response = _preflight(access_control_request_headers="content-type, x-token")
        assert dict(response.headers) == {
            "Allow": "GET, OPTIONS, PUT",
            ALLOW: "*",
            "Access-Control-Max-Age": "600",
            "Access-Control-Allow-Methods": "GET, OPTIONS, PUT",
            "Access-Control-Allow-Headers": "content-type, x-token",
        }

    @pytest.mark.parametrize("names", ["a b", "a,,b", ",", "a:b", "a;b", "x" * 1025, ""])
    def test_a_malformed_list_is_not_echoed(self, names: str) -> None:
        """Nothing but names of fields goes back."""
        response = _preflight(access_control_request_headers=names)
        assert response.header("Access-Control-Allow-Headers") is None

    def test_another_origin_is_told_nothing(self) -> None:
        """The browser then makes no request."""
        response = _preflight(LISTED, "https://evil.example")
        assert response.headers == [("Allow", "GET, OPTIONS, PUT"), ("Vary", "Origin")]

    def test_without_the_question_it_is_none(self) -> None:
        """A plain OPTIONS gets the fields of any answer."""
        assert not is_preflight(_request("https://a", "OPTIONS"))
        assert not is_preflight(_request(None, "OPTIONS", access_control_request_method="PUT"))
        assert not is_preflight(_request("https://a", "GET", access_control_request_method="PUT"))


def test_an_answer_that_names_its_origins_is_left_alone() -> None:
    """An endpoint may decide for itself."""
    response = HTTPResponse(200, [(ALLOW, "https://own.example")])
    assert _marked(True, _request("https://a"), response).headers == [
        (ALLOW, "https://own.example")
    ]


@pytest.mark.parametrize(
    ("setting", "origin", "allowed"),
    [
        (True, "http://any.example", True),
        (LISTED, "https://example.org", True),
        (LISTED, "https://other.example", False),
        (LISTED, None, False),
        (lambda origin, request: origin.endswith(".org"), "https://example.org", True),
    ],
)
def test_it_can_be_asked(setting: Any, origin: str | None, allowed: bool) -> None:
    """Who opens a websocket reads no fields of an answer."""
    assert CrossOrigin(setting, MessageLog(StringIO())).allows(_request(origin)) is allowed


def test_errors_name_the_setting() -> None:
    """It is used for more than one."""
    with pytest.raises(ConfigurationError, match="allow_origins takes"):
        CrossOrigin(["*"], MessageLog(StringIO()), "allow_origins")
