"""Which route a method and a path find."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quick_htag import QuickServer
from quick_htag.errors import ConfigurationError, HTTPError, MethodNotAllowed
from quick_htag.messages.response import HTTPResponse
from quick_htag.routing import Pattern, Route, Router


def _route(method: str, mask: str, argc: int | None = None) -> Route:
    return Route("test", method, Pattern(mask), argc, lambda request: HTTPResponse())


def _router(*routes: tuple[Any, ...]) -> Router:
    router = Router()
    for route in routes:
        router.add(_route(*route))
    return router


def _mask(router: Router, path: str, method: str = "GET") -> str | None:
    match = router.match(method, path)
    return None if match is None else match.route.mask


def test_literal_is_found() -> None:
    """A path equal to a mask finds it, without segments and paths."""
    router = _router(("GET", "/api/hello", 0))
    route, segments, paths = router.find("GET", "/api/hello")
    assert (route.mask, segments, paths) == ("/api/hello", {}, [])


def test_found_containers_are_fresh() -> None:
    """What a request gets may be changed without the next one seeing it."""
    router = _router(("GET", "/api", None))
    router.find("GET", "/api").paths.append("mine")
    router.find("GET", "/api").segments["mine"] = "x"
    assert router.find("GET", "/api")[1:] == ({}, [])


@pytest.mark.parametrize("path", ["/api/uptime", "/api/uptime/", "/api/uptime#part"])
def test_empty_segments_of_masks_are_ignored(path: str) -> None:
    """A mask with a slash at its end, or two in it, is the mask without."""
    assert _mask(_router(("GET", "//api/uptime/", 0)), path) == "//api/uptime/"


def test_literal_ends_at_a_segment() -> None:
    """A mask is not found by a path that only begins with the same letters."""
    assert _mask(_router(("GET", "/pre")), "/prefix") is None


def test_segments_are_decoded() -> None:
    """A ``:name`` takes one segment, percent-decoded."""
    match = _router(("GET", "/api/:version/:item", 0)).find("GET", "/api/:version/a%20%C3%A9%2Fb")
    assert match.segments == {"version": ":version", "item": "a é/b"}


@pytest.mark.parametrize("path", ["/api/", "/api//x", "/api/.", "/api/.."])
def test_parameter_takes_no_special_segment(path: str) -> None:
    """Empty segments and dots are no values."""
    assert _mask(_router(("GET", "/api/:name")), path) is None


@pytest.mark.parametrize(
    ("rest", "paths"),
    [
        ("", []),
        ("/", []),
        ("/a/b", ["a", "b"]),
        ("//a/./b/", ["a", "b"]),
        ("/a/../b", ["b"]),
        ("/../../a", ["a"]),
        ("/a%20b/%2e%2e/c%2Fd", ["a b", "..", "c/d"]),
    ],
)
def test_rest_becomes_paths(rest: str, paths: list[str]) -> None:
    """What follows the mask is split, folded, and then decoded."""
    assert _router(("GET", "/api")).find("GET", "/api" + rest).paths == paths


def test_pattern_gives_the_same_rest() -> None:
    """A handler can ask its pattern for the paths of a request."""
    assert Pattern("/api/:name").rest("/api/x/a/../b%2Fc?") == ["b/c?"]


@pytest.mark.parametrize("path", ["/caf%C3%A9", "/caf%c3%a9", "/%63af%C3%A9"])
def test_literals_are_compared_decoded(path: str) -> None:
    """Every spelling of a path finds the mask."""
    assert _mask(_router(("GET", "/café", 0)), path) == "/café"


def test_encoded_slash_is_no_separator() -> None:
    """A mask with an encoded slash is one segment, in the tree and in the fast table."""
    router = _router(("GET", "/a%2Fb", 0))
    assert (_mask(router, "/a%2Fb"), _mask(router, "/a/b")) == ("/a%2Fb", None)


def test_literal_before_parameter() -> None:
    """A literal wins however long the name of the parameter is."""
    router = _router(("GET", "/z/:averylongname"), ("GET", "/z/lit"))
    assert (_mask(router, "/z/lit"), _mask(router, "/z/other")) == ("/z/lit", "/z/:averylongname")


def test_more_segments_first() -> None:
    """The mask that says more about the path wins."""
    router = _router(("GET", "/a"), ("GET", "/a/:b"), ("GET", "/"))
    assert [_mask(router, path) for path in ("/a/x", "/a", "/b")] == ["/a/:b", "/a", "/"]


def test_earlier_literal_decides() -> None:
    """Masks are ranked segment by segment, the first difference counts."""
    router = _router(("GET", "/:x/b/c"), ("GET", "/a/:y"))
    assert _mask(router, "/a/b/c") == "/a/:y"


def test_backtracks_when_argc_does_not_fit() -> None:
    """A better mask with a wrong number of paths does not hide the next one."""
    router = _router(("GET", "/a/b", 0), ("GET", "/a/:x", 1), ("GET", "/a"))
    assert [_mask(router, path) for path in ("/a/b", "/a/b/c", "/a/b/c/d")] == [
        "/a/b",
        "/a/:x",
        "/a",
    ]


def test_argc_counts_for_the_mask_itself() -> None:
    """A mask that wants more segments is not found by its own path."""
    assert _mask(_router(("GET", "/a", 1)), "/a") is None


def test_backtracks_out_of_a_literal() -> None:
    """A literal that leads nowhere gives way to the parameter beside it."""
    router = _router(("GET", "/a/b/c", 0), ("GET", "/a/:x/d", 0))
    assert router.find("GET", "/a/b/d").segments == {"x": "b"}


def test_argc_is_per_route() -> None:
    """Another method of the same mask has its own argc."""
    router = _router(("GET", "/api", 1), ("POST", "/api", 0))
    assert router.find("GET", "/api/x").paths == ["x"]
    assert router.find("POST", "/api").route.method == "POST"


def test_one_mask_with_two_argc() -> None:
    """A list and its items can share a mask."""
    router = _router(("GET", "/items", 0), ("GET", "/items", 1))
    assert [router.find("GET", path).route.argc for path in ("/items", "/items/7")] == [0, 1]


@pytest.mark.parametrize("mask", ["/same", "/same/:x"])
def test_first_of_equal_routes_wins(mask: str) -> None:
    """Registering the same method and mask again changes nothing."""
    router = Router()
    first = _route("GET", mask)
    router.add(first)
    router.add(_route("GET", mask))
    assert router.find("GET", mask.replace(":", "")).route is first


@pytest.mark.parametrize("mask", ["/a", "/:a"])
@pytest.mark.parametrize("first", [True, False])
def test_a_route_that_yields_is_the_last_of_equal_ones(mask: str, first: bool) -> None:
    """Whenever it was registered; without others it is found."""
    router, handler = Router(), lambda request: HTTPResponse()
    yielding = Route("yielding", "GET", Pattern(mask), 0, handler, yields=True)
    router.add(yielding)
    assert router.find("GET", "/a").route is yielding
    other = Route("other", "GET", Pattern(mask), 0, handler)
    router = Router()
    for route in (yielding, other) if first else (other, yielding):
        router.add(route)
    assert router.find("GET", "/a").route is other


def test_head_finds_get() -> None:
    """HEAD is answered by the route of GET."""
    router = _router(("GET", "/api", 0))
    assert router.find("HEAD", "/api").route.method == "GET"


def test_own_head_route_is_preferred() -> None:
    """A route for HEAD itself comes before that of GET."""
    router = _router(("GET", "/api/:x"), ("HEAD", "/api/:x"))
    assert router.find("HEAD", "/api/1").route.method == "HEAD"


def test_unknown_path_is_404() -> None:
    """Nothing fits: 404."""
    with pytest.raises(HTTPError) as caught:
        _router(("GET", "/api", 0)).find("GET", "/api/x")
    assert caught.value.status == 404


def test_other_methods_make_405() -> None:
    """A path that others would take is 405 and names them."""
    router = _router(("GET", "/api", 0), ("PUT", "/:any", 0), ("POST", "/api/x"))
    with pytest.raises(MethodNotAllowed) as caught:
        router.find("DELETE", "/api")
    assert caught.value.allowed == ("GET", "HEAD", "OPTIONS", "PUT")


@pytest.mark.parametrize("path", ["*", "", "api", "http://host/api"])
def test_only_paths_match(path: str) -> None:
    """What does not begin with a slash finds nothing, not even the root."""
    router = _router(("GET", "/"), ("GET", "/api"))
    assert _mask(router, path) is None


@pytest.mark.parametrize(
    "mask", ["api", "", "/a?b", "/a#b", "/:", "/:a/:a", "/a/../b", "/./a", "/\ud800"]
)
def test_impossible_masks_are_refused(mask: str) -> None:
    """A mask that could not match is a mistake, and said so at once."""
    with pytest.raises(ConfigurationError):
        Pattern(mask)


def test_negative_argc_is_refused() -> None:
    """So is an argc that no path has."""
    with pytest.raises(ConfigurationError):
        _route("GET", "/a", -1)


def test_routes_are_added_while_others_are_found() -> None:
    """Readers take no lock and always find what was there before they looked."""
    router = _router(("GET", "/known/:x", 0))
    failures: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            if _mask(router, "/known/1") is None:
                failures.append("lost")

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(300):
        router.add(_route("GET", f"/known/lit{number}/:y", 0))
        assert _mask(router, f"/known/lit{number}/1") is not None
    done.set()
    reader.join(10)
    assert not failures


# -- argc set afterwards ---------------------------------------------------------------------------


def test_argc_set_afterwards() -> None:
    """It counts for every route of the mask, by whatever name its segment goes."""
    router = _router(("GET", "/a/:x"), ("PUT", "/a/:y", 3), ("GET", "/a"))
    changed = router.set_argc(Pattern("/a/:z"), 1)
    assert [route.method for route in changed] == ["GET", "PUT"]
    assert _mask(router, "/a/1/2") == "/a/:x"
    assert _mask(router, "/a/1/2/3") == "/a"
    assert router.find("PUT", "/a/1/2").route.mask == "/a/:y"


def test_an_encoded_step_up_is_a_name() -> None:
    """Also where the path is found at once; as it is, it leads up."""
    router = _router(("GET", "/%2e%2e"))
    assert _mask(router, "/%2e%2e") == "/%2e%2e"
    assert _mask(router, "/..") is None


@pytest.mark.parametrize("argc", [None, 0, 1])
def test_argc_of_a_literal_set_afterwards(argc: int | None) -> None:
    """The path that is found at once is no exception, neither before nor after."""
    for before in (None, 0, 1):
        router = _router(("GET", "/a", before), ("POST", "/a", 0))
        router.set_argc(Pattern("/a/"), argc)
        assert (_mask(router, "/a") is not None) == (argc != 1)
        assert (_mask(router, "/a/1") is not None) == (argc != 0)


def test_argc_of_an_unknown_mask() -> None:
    """Nothing has it, nothing changes."""
    assert _router(("GET", "/a")).set_argc(Pattern("/b/:c/d"), 1) == []


def test_all_routes_are_found() -> None:
    """Wherever they are in the tree."""
    router = _router(("GET", "/"), ("GET", "/a/:b"), ("POST", "/a/:b"), ("GET", "/a/c"))
    found = sorted((route.method, route.mask) for route in router.routes())
    assert found == [("GET", "/"), ("GET", "/a/:b"), ("GET", "/a/c"), ("POST", "/a/:b")]


@pytest.mark.parametrize("name", ["json_get", "text_post", "json_worker", "websocket", "sse"])
def test_a_forgotten_path_is_said_at_once(name: str) -> None:
    """A decorator without its parentheses would register nothing, and nobody would hear of it."""

    def handler(req: Any, args: Any) -> None:
        """Never called."""

    with (
        QuickServer(("127.0.0.1", 0)) as server,
        pytest.raises(ConfigurationError, match="takes the path first"),
    ):
        getattr(server, name)(handler)


@pytest.mark.parametrize("argc", [-1, "1", 1.0])
def test_a_number_of_segments_is_one(argc: Any) -> None:
    """A text in its place is said as what it is, and where."""
    with (
        QuickServer(("127.0.0.1", 0)) as server,
        pytest.raises(ConfigurationError, match="argc of '/a' must be a number"),
    ):
        server.json_get("/a", argc)(lambda req, args: None)


@pytest.mark.parametrize(
    ("path", "mask"),
    [
        ("/a", "/a"),
        ("/%61", "/a"),
        ("/a#b", "/a"),
        ("/b", None),
        ("/", None),
        ("//a", None),
        ("*", None),
        ("/./a", None),
        ("/../a", None),
    ],
)
def test_what_no_route_begins_with_is_known_at_once(path: str, mask: str | None) -> None:
    """The quick look at the first segment finds what the long one finds."""
    assert _mask(_router(("GET", "/a")), path) == mask
