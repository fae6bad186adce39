"""The classes of htag 1: which there are, and which of them are used again."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable
from typing import Any

MAX_REUSED = 500  # names of tags whose classes are kept


class ClassRoll:
    """The direct subclasses of ``Tag`` that can bring statics, in order of definition.

    Classes made on the fly are left out until one is subclassed or is given statics of its own:
    before that they have only those of ``Tag``, which every other class brings as well. Until then
    one of them serves for all tags of its name: htag makes a class for each tag, 3 KB and 25 us.

    Args:
        tag_class: ``Tag``.
        on_change: called when a class has got another attribute. Any thread.

    """

    def __init__(self, tag_class: type, on_change: Callable[[], object]) -> None:
        self._lock = threading.RLock()  # guards all below; a destructor may make tags inside it
        self._numbers = itertools.count()
        self._on_the_fly: weakref.WeakKeyDictionary[type, int] = weakref.WeakKeyDictionary()
        self._listed: weakref.WeakValueDictionary[int, type] = weakref.WeakValueDictionary()
        self._reused: dict[str, type] = {}  # by the name of the tag
        self.tag_class = tag_class
        self._on_change = on_change
        known: list[type] = type.__subclasses__(tag_class)
        for one in known:
            self._listed[next(self._numbers)] = one

    def defined(self, new: type) -> None:
        """A class was made with ``class``."""
        with self._lock:
            for base in new.__bases__:
                self._forget(base)
                self.counts(base)
            if self.tag_class in new.__bases__:
                self._listed[next(self._numbers)] = new

    def made_on_the_fly(self, new: type, name: str = "") -> None:
        """A class was made by ``Tag.<name>``."""
        with self._lock:
            self._on_the_fly[new] = next(self._numbers)
            if name and len(self._reused) < MAX_REUSED:
                self._reused[name] = new

    def reused(self, name: str) -> type | None:
        """The class for ``Tag.<name>``, if there is one that is still as it was made."""
        return self._reused.get(name)

    def changed(self, changed: type) -> None:
        """Somebody has set an attribute of a class: the next tags are of another one, as before."""
        self._on_change()
        with self._lock:
            if changed is self.tag_class:
                self._reused.clear()  # each has a copy of what ``Tag`` has
            else:
                self._forget(changed)

    def _forget(self, used: type) -> None:
        for name in [name for name, one in self._reused.items() if one is used]:
            del self._reused[name]

    def counts(self, changed: type) -> None:
        """A class, if made on the fly, can bring statics from now on."""
        with self._lock:
            number = self._on_the_fly.pop(changed, None)
            if number is not None:
                self._listed[number] = changed

    def listed(self) -> list[type]:
        """The classes, as ``Tag.__subclasses__()`` orders them."""
        with self._lock:
            return [found for _, found in sorted(self._listed.items(), key=lambda item: item[0])]


def keep_roll(creator: Any, roll: ClassRoll) -> None:
    """Have the metaclass of all tags tell the roll what becomes of classes."""
    make = creator.__getattr__
    making = threading.local()  # htag's maker runs __init__ below, which must not list the class

    def __getattr__(cls: type, name: str) -> type:  # noqa: N807 takes the place of that method
        known = roll.reused(name)
        if known is not None:
            return known
        making.active = True
        try:
            new: type = make(cls, name)
        finally:
            making.active = False
        roll.made_on_the_fly(new, name)
        return new

    def __init__(cls: type, *args: Any, **kwargs: Any) -> None:  # noqa: N807 likewise
        type.__init__(cls, *args, **kwargs)
        if not getattr(making, "active", False):
            roll.defined(cls)

    def __setattr__(cls: type, name: str, value: Any) -> None:  # noqa: N807 likewise
        type.__setattr__(cls, name, value)
        roll.changed(cls)
        if name == "statics":
            roll.counts(cls)

    def __subclasses__(cls: type) -> list[type]:  # noqa: N807 likewise
        return roll.listed() if cls is roll.tag_class else type.__subclasses__(cls)

    creator.__getattr__ = __getattr__
    creator.__init__ = __init__
    creator.__setattr__ = __setattr__
    creator.__subclasses__ = __subclasses__
