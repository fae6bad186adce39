"""The arguments of an endpoint, most of which are made when somebody looks at them.

Reading cookies as a ``SimpleCookie`` takes 6 µs for two of them, and making all else 0.7, which is
as much as is done for the rest of a request in several places together; most functions look at one
or two of the arguments, or at none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .params import Params, parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from .headers import Headers
    from .request import Request

_COOKIE: Final = "cookie"
_update: Final = dict.update
# Methods of a dict that show, take, compare or set what is in it, the built-in constructors through
# ``__iter__``: everything has to be there then.
_LOOKING: Final = (
    *("__contains__", "__delitem__", "__eq__", "__ior__", "__iter__", "__len__", "__ne__"),
    *("__or__", "__repr__", "__reversed__", "__ror__"),
    *("clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"),
)


class LateArgs(dict[str, Any]):
    """``ReqArgs`` of a request. On the thread of the request.

    It is made as a dict is, with what is looked at most, and the two attributes are set then: an
    ``__init__`` here would take as long again as all of it.

    Attributes:
        late: has the arguments; None: they have been made, all but "cookie".
        rest: gives "paths" of the path of the request; None: there are none.

    """

    __slots__ = ("_headers", "late", "rest")

    # has the cookies, once ``late`` is None; None: these have been read, set or removed
    _headers: Headers | None
    late: Request | None
    rest: Callable[[str], list[str]] | None

    def __missing__(self, key: str) -> Any:
        if self.late is not None:
            self.make()
            return self[key]
        if key != _COOKIE or self._headers is None:
            raise KeyError(key)
        self._read_cookies()
        return self[_COOKIE]

    def __setitem__(self, key: str, value: Any) -> None:
        self.make()
        if key == _COOKIE:
            self._headers = None
        super().__setitem__(key, value)

    def make(self, post: Any = None, files: Params | None = None) -> None:
        """Make all but "cookie", once.

        Args:
            post: what the body has; None: nothing.
            files: what the body has; None: nothing.

        """
        request = self.late
        if request is None:
            return
        path, query, fragment = request.raw_path, request.query_string, ""
        if "#" in request.target:  # a client that sends one, against RFC 9110 section 4.2.5
            before, _, fragment = request.target.partition("#")
            query = before.partition("?")[2]
        _update(
            self,
            paths=[] if self.rest is None else self.rest(path),
            query=parse_query(query) if query else Params(),
            post={} if files is None else post,
            files={} if files is None else files,
            segments=request.segments,
            fragment=fragment,
            meta=request.meta,
        )
        self._headers = request.headers if request.headers.has_cookies else None
        if self._headers is None:
            _update(self, cookie=None)
        self.late = None  # last: who looks on another thread finds all of it

    def _read_cookies(self) -> None:
        headers = self._headers
        if headers is not None:
            from .cookies import simple_cookie  # most functions never look

            _update(self, cookie=simple_cookie(headers))
            self._headers = None

    def _fill(self) -> None:
        self.make()
        self._read_cookies()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)


def _filled(name: str) -> Callable[..., Any]:
    method = getattr(dict, name)

    def look(self: LateArgs, *args: Any, **keywords: Any) -> Any:
        self._fill()
        return method(self, *args, **keywords)

    look.__name__ = name
    return look


for _name in _LOOKING:
    setattr(LateArgs, _name, _filled(_name))
