"""Arguments of an htag 1 app from the query of its page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from ..record import record
from .reports import failing

HTAG_MODULE = "htag.tag"  # where the __init__ of a tag is that no app has overridden

SCRIPTS = "_getAllJs"  # method of a tag

ParseQuery = Callable[[str], tuple[tuple[Any, ...], dict[str, Any]]]
"""htag's ``url2ak``: the arguments in the query of a URL."""


@record(frozen=True)
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
    properties would make it refuse the page. Arguments the app does not take are left out all
    together, as htag does, but before the app is built: htag tries with them, and builds it again
    after every ``TypeError``, one of the app included.
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
    if not _takes(app, args, kargs):
        return Arguments((), {}, (*bad, *map(str, args), *kargs))
    return Arguments(args, kargs, bad)


def _takes(app: Any, args: tuple[Any, ...], kargs: dict[str, Any]) -> bool:
    """Whether an app can be called with these arguments, as far as its code tells."""
    build, extra = app.__init__, {"_hr_": None}
    if build.__module__ == HTAG_MODULE:  # takes any, and hands them to init
        build, extra = getattr(app, "init", None), {}
    if not inspect.isfunction(build):
        return True
    if not args and not kargs and not extra and not build.__dict__:  # as nearly always
        code, defaults, named = build.__code__, build.__defaults__, build.__kwdefaults__
        needed = code.co_argcount - len(defaults or ())
        return needed <= 1 and code.co_kwonlyargcount == len(named or ())
    try:
        inspect.signature(build).bind(None, *args, **kargs, **extra)
    except TypeError:
        return False
    return True


class BuildOnce:
    """Takes the place of an app's class where htag builds the app.

    htag builds it a second time, without arguments, when it raises ``TypeError``. The arguments
    are known to fit, so that would be an error of the app, whose code has run. Everything else htag
    asks a class for, its statics and imports, is the app's.

    Args:
        app: the class.
        scripts: gives the scripts of a new app, for which htag asks it.

    """

    def __init__(self, app: Any, scripts: Callable[[Any], list[str]]) -> None:
        self._scripts = scripts
        self.__bases__ = app.__bases__  # issubclass() asks for these, and htag for their statics
        self.__name__ = app.__name__
        self._app = app

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    def __call__(self, *args: Any, **kargs: Any) -> Any:
        """Build the app.

        Raises:
            AppFailed: it raised.

        """
        with failing(f"{self.__name__} could not be built"):
            app = self._app(*args, **kargs)
        app.__dict__.setdefault(SCRIPTS, partial(self._scripts, app))
        return app
