"""Finds the route of a request: from method and path to a handler, 404 or 405.

Rules: segments are compared one by one, decoded. A literal is tried before a ``:name``, a longer
mask before its beginning; what follows the mask becomes ``paths``. A route whose ``argc`` does not
fit the number of paths is passed over for the next candidate; of two equal ones the first
registered wins.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from .errors import ConfigurationError, HTTPError, MethodNotAllowed

if TYPE_CHECKING:
    from .interfaces import Handler

_SPECIAL = frozenset(("", ".", ".."))


def check_mask(mask: object) -> None:
    """See to it that a decorator was given a path, and not the function below it.

    Raises:
        ConfigurationError: it was not.

    """
    if not isinstance(mask, str):
        raise ConfigurationError(
            f'this decorator takes the path first, as in @server.json_get("/path"), not {mask!r}'
        )


def check_argc(mask: str, argc: object) -> None:
    """See that this many path segments may follow a mask.

    Raises:
        ConfigurationError: it is no such number.

    """
    if argc is not None and (not isinstance(argc, int) or argc < 0):
        raise ConfigurationError(
            f"argc of {mask!r} must be a number, 0 or more, or None for any, not {argc!r}"
        )


class Pattern:
    """A mask such as ``/api/:name/rows``, taken apart.

    Args:
        mask: a path; empty segments are ignored, ``:name`` takes any one segment.

    Raises:
        ConfigurationError: the mask cannot match any path, or gives a name twice.

    """

    __slots__ = ("mask", "names", "parts")

    def __init__(self, mask: str) -> None:
        if not mask.startswith("/"):
            raise ConfigurationError(f"the mask {mask!r} must start with '/'")
        if "?" in mask or "#" in mask:
            raise ConfigurationError(f"the mask {mask!r} is a path: leave out '?' and '#'")
        try:
            mask.encode()
        except UnicodeEncodeError as error:  # no request could ask for it
            raise ConfigurationError(f"the mask {mask!r} is no text: {error.reason}") from error
        self.mask = mask
        parts = [part for part in mask.split("/") if part]
        self.parts = tuple(None if part[0] == ":" else unquote(part) for part in parts)
        self.names = tuple(part[1:] for part in parts if part[0] == ":")
        if not _SPECIAL.isdisjoint(parts):
            raise ConfigurationError(f"the mask {mask!r} must not have '.' or '..' segments")
        if "" in self.names or len(set(self.names)) < len(self.names):
            raise ConfigurationError(f"every ':name' in the mask {mask!r} needs a name of its own")

    def literal_path(self) -> str | None:
        """The one path that this mask is in its usual spelling; None with ``:name`` in it.

        None also with an encoded ".." in it, which is a segment as any other when it is encoded,
        and a step up as it is.
        """
        if self.names or not _SPECIAL.isdisjoint(self.parts):
            return None
        return "/" + "/".join(quote(part, safe="!$&'()*+,;=:@") for part in self.parts if part)

    def rest(self, raw_path: str) -> list[str]:
        """What of a matching path follows the mask: see ``fold``."""
        return fold(_split(raw_path)[len(self.parts) :])


class Route:
    """One registration: everything about it, and what the transport remembers of it.

    Args:
        kind: what registered it, e.g. "json"; for reports.
        method: the request method.
        pattern: the mask.
        argc: number of path segments after the mask; None: any.
        handler: answers the request.
        body_limit: largest request body in bytes; 0: the body is not read.
        cost: seconds a recent request took, see ``interfaces.Target``.
        yields: an equal one that does not, also one that is registered later, has precedence.
        tells_refusal: its handler tells who was refused, see ``middleware.gate``.

    Raises:
        ConfigurationError: ``argc`` is negative.

    """

    __slots__ = (
        "argc",
        "body_limit",
        "cost",
        "handler",
        "kind",
        "method",
        "pattern",
        "tells_refusal",
        "yields",
    )

    def __init__(
        self,
        kind: str,
        method: str,
        pattern: Pattern,
        argc: int | None,
        handler: Handler,
        *,
        body_limit: int = 0,
        cost: float = 0.0,
        yields: bool = False,
        tells_refusal: bool = False,
    ) -> None:
        check_argc(pattern.mask, argc)
        self.kind = kind
        self.method = method.upper()
        self.pattern = pattern
        self.argc = argc
        self.handler = handler
        self.body_limit = body_limit
        self.cost = cost
        self.yields = yields
        self.tells_refusal = tells_refusal

    @property
    def mask(self) -> str:
        """The mask as it was registered."""
        return self.pattern.mask

    def __repr__(self) -> str:
        return f"<Route {self.kind} {self.method} {self.mask}>"


Match = NamedTuple(  # noqa: UP014 as in ``transports.field_section``
    "Match", [("route", Route), ("segments", dict[str, str]), ("paths", list[str])]
)
"""A route with what the path gave it.

``segments`` and ``paths`` are percent-decoded after the path was split, so a value may contain "/"
or be ".." when a client encoded it: never join one to a file path unchecked.
"""


class _Node:
    """The routes of one mask shape, and the nodes one segment further.

    Attributes are only ever replaced as a whole, so readers need no lock.
    """

    __slots__ = ("literals", "parameter", "routes")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.routes: tuple[Route, ...] = ()

    def child(self, part: str | None) -> _Node:
        """The node for a literal, or for a ``:name`` (None); made when missing."""
        if part is not None:
            return self.literals.setdefault(part, _Node())
        if self.parameter is None:
            self.parameter = _Node()
        return self.parameter


class Router:
    """All routes of one application. Routes may be added on any thread while requests run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # one writer at a time; readers take none
        self._root = _Node()
        self._exact: dict[tuple[str, str], Route] = {}  # routes that one spelling finds at once

    def add(self, route: Route) -> None:
        """Register a route; an equal one registered before keeps precedence, unless it yields."""
        with self._lock:
            node = self._root
            for part in route.pattern.parts:
                node = node.child(part)
            node.routes = tuple(sorted((*node.routes, route), key=lambda one: one.yields))
            path = route.pattern.literal_path()
            # nothing ranks above a literal of full length, so the way through the tree is saved
            if path is not None and not route.argc:
                before = self._exact.get((route.method, path))
                if before is None or (before.yields and not route.yields):
                    self._exact[route.method, path] = route

    def set_argc(self, pattern: Pattern, argc: int | None) -> list[Route]:
        """Change how many path segments follow a mask; gives the routes this applies to.

        Args:
            pattern: the mask; the names of its ``:name`` segments do not matter.
            argc: the exact number; None: any.

        """
        with self._lock:
            node: _Node | None = self._root
            for part in pattern.parts:
                if node is not None:
                    node = node.parameter if part is None else node.literals.get(part)
            routes = () if node is None else node.routes
            path = pattern.literal_path()
            for route in routes:
                route.argc = argc
                if path is not None:
                    self._exact.pop((route.method, path), None)
                    if not argc:
                        self._exact[route.method, path] = next(
                            one for one in routes if one.method == route.method
                        )
            return list(routes)

    def routes(self) -> list[Route]:
        """Every route."""
        with self._lock:
            return list(_below(self._root))

    def exact(self, method: str, raw_path: str) -> Route | None:
        """The best route for a request if the path is its mask, in the usual spelling.

        None says nothing. One look, and nothing is made: ``match`` takes 0.4 µs more.
        """
        return self._exact.get((method, raw_path))

    def match(self, method: str, raw_path: str) -> Match | None:
        """The best route for a request, or None.

        Args:
            method: the request method; HEAD finds the routes of GET too.
            raw_path: the path as sent, without query.

        """
        route = self._exact.get((method, raw_path))
        if route is not None:
            return Match(route, {}, [])
        root = self._root
        if root.parameter is None and not root.routes:
            first = raw_path[1:].partition("/")[0]
            if first not in root.literals and "%" not in first and "#" not in first:
                return None  # which is the usual path of a file
        methods = (method,) if method != "HEAD" else ("HEAD", "GET")
        return next(self._matches(methods, raw_path), None)

    def find(self, method: str, raw_path: str) -> Match:
        """The best route for a request.

        Raises:
            MethodNotAllowed: there is one, but for other methods.
            HTTPError: 404, there is none.

        """
        match = self.match(method, raw_path)
        if match is not None:
            return match
        allowed = self.allowed(raw_path)
        if allowed:
            raise MethodNotAllowed(sorted({*allowed, "OPTIONS"}))
        raise HTTPError(404, "File not found")

    def allowed(self, raw_path: str) -> set[str]:
        """The methods that have a route for a path; HEAD where there is GET."""
        methods = {match.route.method for match in self._matches(None, raw_path)}
        return methods | {"HEAD"} if "GET" in methods else methods

    def _matches(self, methods: tuple[str, ...] | None, raw_path: str) -> Iterator[Match]:
        """Every route that fits, best first; None: of any method."""
        if not raw_path.startswith("/"):
            return
        elements = _split(raw_path)
        for node, depth, values in _walk(self._root, elements, 0, ()):
            paths: list[str] | None = None
            for route in _of_methods(node.routes, methods):
                if paths is None:
                    paths = fold(elements[depth:])
                if route.argc is None or route.argc == len(paths):
                    yield Match(route, dict(zip(route.pattern.names, values, strict=True)), paths)


def _of_methods(routes: tuple[Route, ...], methods: tuple[str, ...] | None) -> Sequence[Route]:
    if methods is None:
        return routes
    return [route for method in methods for route in routes if route.method == method]


def _split(raw_path: str) -> list[str]:
    path = raw_path.partition("#")[0] if "#" in raw_path else raw_path
    return path[1:].split("/")


def _walk(
    node: _Node, elements: list[str], depth: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node, int, tuple[str, ...]]]:
    """The nodes on the way of a path, best first, with the values of their ``:name`` parts."""
    if depth < len(elements) and elements[depth] not in _SPECIAL:
        text = unquote(elements[depth])
        literal = node.literals.get(text)
        if literal is not None:
            yield from _walk(literal, elements, depth + 1, values)
        if node.parameter is not None:
            yield from _walk(node.parameter, elements, depth + 1, (*values, text))
    if node.routes:
        yield node, depth, values


def fold(elements: list[str]) -> list[str]:
    """Drop empty and "." elements, let ".." take back the one before, then percent-decode.

    Only elements sent as such are folded: an encoded ".." or "/" stays inside its element.
    """
    kept: list[str] = []
    for element in elements:
        if element == "..":
            del kept[-1:]
        elif element not in _SPECIAL:
            kept.append(element)
    return [unquote(element) for element in kept]


def _below(node: _Node) -> Iterator[Route]:
    yield from node.routes
    for child in node.literals.values():
        yield from _below(child)
    if node.parameter is not None:
        yield from _below(node.parameter)
