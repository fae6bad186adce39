"""The arguments of an endpoint, with cookies that are read when somebody looks at them.

Reading them as a ``SimpleCookie`` takes 6 µs for two cookies, as much as all the rest that is done
between a request and the function that answers it; and most functions never look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .cookies import simple_cookie

if TYPE_CHECKING:
    from collections.abc import Callable

    from .headers import Headers

_COOKIE: Final = "cookie"
# Methods of a dict that show, take or compare what is in it, the built-in constructors through
# ``__iter__``: the cookies have to be there then.
_LOOKING: Final = (
    *("__contains__", "__delitem__", "__eq__", "__iter__", "__len__", "__ne__", "__or__"),
    *("__repr__", "__reversed__", "__ror__"),
    *("clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "values"),
)


class LateArgs(dict[str, Any]):
    """``ReqArgs`` of a request that has cookies. On the thread of the request.

    Args:
        values: all of them but "cookie".
        headers: have the cookies.

    """

    __slots__ = ("_headers",)

    def __init__(self, values: dict[str, Any], headers: Headers) -> None:
        super().__init__(values)
        self._headers: Headers | None = headers  # None: "cookie" has been read, set or removed

    def __missing__(self, key: str) -> Any:
        if key != _COOKIE or self._headers is None:
            raise KeyError(key)
        self._fill()
        return self[_COOKIE]

    def __setitem__(self, key: str, value: Any) -> None:
        if key == _COOKIE:
            self._headers = None
        super().__setitem__(key, value)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)

    def _fill(self) -> None:
        headers = self._headers
        if headers is not None:
            self[_COOKIE] = simple_cookie(headers)


def _filled(name: str) -> Callable[..., Any]:
    method = getattr(dict, name)

    def look(self: LateArgs, *args: Any) -> Any:
        self._fill()
        return method(self, *args)

    look.__name__ = name
    return look


for _name in _LOOKING:
    setattr(LateArgs, _name, _filled(_name))
