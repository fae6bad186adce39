"""Arguments of an htag 1 app from the query of its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ParseQuery = Callable[[str], tuple[tuple[Any, ...], dict[str, Any]]]
"""htag's ``url2ak``: the arguments in the query of a URL."""


@dataclass(frozen=True)
class Arguments:
    """What an app is built with; equal ones may share an instance.

    Attributes:
        args: positional arguments.
        kargs: keyword arguments.
        ignored: names of what the query had and an app must not get from it.

    """

    args: tuple[Any, ...]
    kargs: dict[str, Any]
    ignored: tuple[str, ...]


def read_arguments(app: type, query: str, parse: ParseQuery) -> Arguments:
    """The arguments in a query string, without those a link could do harm with.

    ``js`` would run in the page, names with a leading underscore would become attributes such as
    ``onload``, and the content of an app without ``init`` would be HTML. Names htag calls private
    properties would make it refuse the page.
    """
    try:
        args, kargs = parse("?" + query)
    except (ValueError, IndexError):  # url2ak does not expect every query
        return Arguments((), {}, (query,))
    private = {"js", "render", "state", *dir(app)} if kargs else set()
    bad = tuple(name for name in kargs if name.startswith("_") or name in private)
    kargs = {name: value for name, value in kargs.items() if name not in bad}
    if args and not any("init" in vars(base) for base in app.__mro__):
        return Arguments((), kargs, (*bad, "positional arguments"))
    return Arguments(args, kargs, bad)
