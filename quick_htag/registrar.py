"""The eight decorators that turn a function into an endpoint, and the methods that do the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from .middleware.user import middleware
from .routing import check_mask

if TYPE_CHECKING:
    from .middleware.cached import CacheChoice
    from .type_names import MiddlewareF, PreMiddlewareF, ReqF

F = TypeVar("F", bound=Callable[..., Any])
B = TypeVar("B", bound=Callable[..., Any])
Decorator = Callable[[F], F]
CACHE_SECTION = "www"


class Registrar(ABC):
    """Registers endpoints: ``fun(req, args) -> value``. Each decorator returns ``fun`` unchanged.

    ``mask`` is the path, ``:name`` in it takes any one segment; ``argc`` is the number of path
    segments that must follow, None: any. See ``routing`` for which of several routes wins.
    ``cache`` keeps answers in the cache of the server: True, by all that was asked; a function of
    ``args``, by the JSON it gives, None for answers that are not to be kept.

    Attributes:
        cache: what jobs and endpoints keep results in, see ``caching.Cache``; None: nothing.

    """

    cache: Any

    @abstractmethod
    def _add_endpoint(
        self, kind: str, method: str, mask: str, argc: int | None, fun: Callable[..., Any]
    ) -> None:
        """Register ``fun``; ``kind`` is "json" or "text".

        Raises:
            ConfigurationError: the mask or argc cannot work.

        """

    @abstractmethod
    def set_file_argc(self, mask: str, argc: int | None) -> None:
        """Set how many path segments follow a mask, for all of its routes.

        Those registered later without a number of their own get it too.

        Args:
            mask: the path.
            argc: the exact number; None: any.

        Raises:
            ConfigurationError: the mask or argc cannot work.

        """

    @abstractmethod
    def middlewares(self, *functions: MiddlewareF) -> AbstractContextManager[None]:
        """A block that puts ``functions`` before every endpoint this thread registers in it.

        The first is called first; those of outer blocks before those of inner ones.
        """

    @abstractmethod
    def add_pre_middleware(self, fun: PreMiddlewareF) -> None:
        """Call ``fun(req, path, cookie)`` before everything else, for files too.

        It is called for GET, HEAD, POST, PUT and DELETE, in the order added, and can only let a
        request pass or raise, ``PreventDefaultResponse(403)`` say. ``path`` is decoded, without
        the query and without empty segments; ``cookie`` is None without cookies. The body is not
        there yet, see ``before``.
        """

    @abstractmethod
    def before(self, fun: B) -> B:
        """Ask ``fun(req)`` before everything: pages, endpoints, files, uploads, websockets.

        It returns None to go on, or anything else to answer with it, as a text endpoint could; it
        may raise as well. It has ``req.user``, ``req.session`` and ``req.plain_path``, and is
        called for live pages each time they connect, on the thread of the request. It never has
        the body: it is asked before that is read, so that who is refused sends nothing. Functions
        added later are asked later. May decorate.

        Only the server's own answers are not asked for: ``health``, ``bind_monitor``, preflights,
        and wrong hosts.
        """

    @staticmethod
    def middleware(fun: MiddlewareF) -> Callable[[F], F]:
        """Put ``fun(req, args, okay)`` before one endpoint: a decorator below that of the route.

        It returns ``okay`` to go on, or anything else to answer with it as the endpoint could.
        """
        return middleware(fun)

    def _endpoint(
        self, kind: str, method: str, mask: str, argc: int | None, cache: CacheChoice | None
    ) -> Decorator[F]:
        check_mask(mask)

        def register(fun: F) -> F:
            endpoint: ReqF = fun
            if cache is not None:
                from .middleware.cached import cached

                where = f"{method} {mask}"
                endpoint = cached(fun, cache, lambda: self.cache, CACHE_SECTION, where)
            self._add_endpoint(kind, method, mask, argc, endpoint)
            return fun

        return register

    def json_get(
        self, mask: str, argc: int | None = None, *, cache: CacheChoice | None = None
    ) -> Decorator[F]:
        """Answer GET and HEAD with JSON."""
        return self._endpoint("json", "GET", mask, argc, cache)

    def json_put(
        self, mask: str, argc: int | None = None, *, cache: CacheChoice | None = None
    ) -> Decorator[F]:
        """Answer PUT with JSON."""
        return self._endpoint("json", "PUT", mask, argc, cache)

    def json_post(
        self, mask: str, argc: int | None = None, *, cache: CacheChoice | None = None
    ) -> Decorator[F]:
        """Answer POST with JSON."""
        return self._endpoint("json", "POST", mask, argc, cache)

    def json_delete(
        self, mask: str, argc: int | None = None, *, cache: CacheChoice | None = None
    ) -> Decorator[F]:
        """Answer DELETE with JSON."""
        return self._endpoint("json", "DELETE", mask, argc, cache)

    def text_get(
        self, mask: str, argc: int | None = None, *, cache: CacheChoice | None = None
    ) -> Decorator[F]:
        """Answer GET and HEAD with text, bytes, a file or a stream."""
        return self._endpoint("text", "GET", mask, argc, cache)

    def text_put(
        self, mask: str, argc: int | None = None, *, cache: CacheChoice | None = None
    ) -> Decorator[F]:
        """Answer PUT with text, bytes, a file or a stream."""
        return self._endpoint("text", "PUT", mask, argc, cache)

    def text_post(
        self, mask: str, argc: int | None = None, *, cache: CacheChoice | None = None
    ) -> Decorator[F]:
        """Answer POST with text, bytes, a file or a stream."""
        return self._endpoint("text", "POST", mask, argc, cache)

    def text_delete(
        self, mask: str, argc: int | None = None, *, cache: CacheChoice | None = None
    ) -> Decorator[F]:
        """Answer DELETE with text, bytes, a file or a stream."""
        return self._endpoint("text", "DELETE", mask, argc, cache)

    # -- without a decorator -----------------------------------------------------------------------

    def add_json_mask(self, start: str, method_str: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` for JSON; "GET" answers HEAD too."""
        self._add_endpoint("json", method_str.upper(), start, None, producer)

    def add_text_mask(self, start: str, method_str: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` for text; "GET" answers HEAD too."""
        self._add_endpoint("text", method_str.upper(), start, None, producer)

    def add_json_get_mask(self, start: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` as ``json_get`` does."""
        self._add_endpoint("json", "GET", start, None, producer)

    def add_json_put_mask(self, start: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` as ``json_put`` does."""
        self._add_endpoint("json", "PUT", start, None, producer)

    def add_json_post_mask(self, start: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` as ``json_post`` does."""
        self._add_endpoint("json", "POST", start, None, producer)

    def add_json_delete_mask(self, start: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` as ``json_delete`` does."""
        self._add_endpoint("json", "DELETE", start, None, producer)

    def add_text_get_mask(self, start: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` as ``text_get`` does."""
        self._add_endpoint("text", "GET", start, None, producer)

    def add_text_put_mask(self, start: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` as ``text_put`` does."""
        self._add_endpoint("text", "PUT", start, None, producer)

    def add_text_post_mask(self, start: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` as ``text_post`` does."""
        self._add_endpoint("text", "POST", start, None, producer)

    def add_text_delete_mask(self, start: str, producer: ReqF) -> None:
        """Register ``producer(req, args)`` as ``text_delete`` does."""
        self._add_endpoint("text", "DELETE", start, None, producer)
