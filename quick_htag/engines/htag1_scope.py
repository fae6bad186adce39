"""Which tags of htag 1 belong to which instance.

htag looks the id of a tag up in one registry of the process, and ids are memory addresses, which
are used again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_TIDY = 64  # tags that are noted before those that have gone are left out

# in one step, as another thread may note a tag at the same address
_remove_if_dead: Callable[[dict[int, Any], int], None] = vars(weakref)["_remove_dead_weakref"]

current: ContextVar[Scope | None] = ContextVar("quick_htag_scope", default=None)
"""The scope of the instance whose code is running; None: of none."""


class Scope:
    """The tags of one instance. Entered while anything of the instance runs.

    Tags are noted in a plain dict and taken out when it has doubled: a ``WeakValueDictionary`` is
    four functions of Python, and an object for the collector, for each tag.

    asyncio tasks and ``asyncio.to_thread`` inherit it; a plain thread runs in no scope.

    Args:
        tag_class: ``Tag``.

    Attributes:
        root: the tag of the app; None while it is being built.
        failure: the last exception htag swallowed.

    """

    def __init__(self, tag_class: type) -> None:
        self._tag_class = tag_class
        self.root: Any = None
        self.failure: BaseException | None = None
        self._tags: dict[int, weakref.ref[Any]] = {}
        self._tidy_at = _TIDY

    def enter(self) -> None:
        """Run the rest of this task as this instance."""
        current.set(self)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function as this instance."""
        token = current.set(self)
        try:
            return function(*args)
        finally:
            current.reset(token)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Run what is inside as this instance."""
        token = current.set(self)
        try:
            yield
        finally:
            # a coroutine may be collected in another context, which is not ours to change
            with suppress(ValueError):
                current.reset(token)

    def add(self, tag: Any) -> None:
        """Note a tag made by this instance."""
        tags = self._tags
        tags[id(tag)] = weakref.ref(tag)
        if len(tags) > self._tidy_at:
            for tag_id in list(tags):
                _remove_if_dead(tags, tag_id)
            self._tidy_at = max(_TIDY, 2 * len(tags))

    def find(self, tag_id: Any) -> Any:
        """The tag with this id if it belongs here, or None.

        Here belong the tags in the tree, whoever made them (import time, a thread, another
        session that adds to this one), and those made by this instance and not in another's tree.
        """
        known = self._tags.get(tag_id)
        tag = None if known is None else known()
        if tag is None:
            tag = None if self.root is None else self._find_below(self.root, tag_id)
            return tag if tag is not None and tag.root is self.root else None
        top = tag.root
        return tag if top is self.root or top._hr is None or self.root is None else None

    def _find_below(self, root: Any, tag_id: Any) -> Any:
        """The tag with this id in the tree of ``root``, or None; a tree with a loop ends too."""
        seen: set[int] = set()
        rest = [root]
        while rest:
            tag = rest.pop()
            if id(tag) == tag_id:
                return tag
            if id(tag) not in seen:
                seen.add(id(tag))
                rest.extend(child for child in tag.childs if isinstance(child, self._tag_class))
        return None

    def close(self) -> None:
        """Let go of the app."""
        self.root = None
        self.failure = None


class TagRegistry:
    """Takes the place of ``Tag.__instances__``.

    Args:
        outside: where tags made in no scope go; they are found by id only from outside too.

    """

    def __init__(self, outside: weakref.WeakValueDictionary[int, Any]) -> None:
        self._outside = outside

    def __setitem__(self, tag_id: int, tag: Any) -> None:
        scope = current.get()
        if scope is None:
            self._outside[tag_id] = tag
        else:
            scope.add(tag)

    def get(self, tag_id: Any, default: Any = None) -> Any:
        """The tag with this id that whoever asks may reach, or ``default``."""
        scope = current.get()
        tag = self._outside.get(tag_id) if scope is None else scope.find(tag_id)
        return default if tag is None else tag
