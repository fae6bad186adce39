"""What is changed inside htag 1, once per interpreter, so that sessions stay apart.

1. ``Tag.find_tag`` finds only tags of the instance that asks. htag looks an id up in one registry
   of the process, and ids are memory addresses, which are used again.
2. A tag remembers which of its methods were written into a page.
3. Classes that htag makes on the fly for ``Tag.div(...)`` are left out when the statics of all
   classes are collected, which each new session does, and are used again. Apps see the same classes
   as before.
4. ``tag.update()`` works on plain threads too, where nothing can be awaited.
5. The log does not get what users typed, and an exception htag only logs is kept for us.
6. Each reply is not written out prettily for a line of the log that nobody gets (see 5).

What is installed is kept on the patched module, because that is what there is one of.
"""

from __future__ import annotations

import itertools
import json
import logging
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from .from_threads import home_of, running_loop
from .htag1_updates import Pushed
from .reports import PayloadFilter

INSTALLED = "_quick_htag_patched"  # attribute of the patched module
EMITTED = "_quick_htag_emitted"  # attribute of a tag: names of its methods written into a page
MAX_REUSED = 500  # names of tags whose classes are kept
_FAILURE = "Exception %s:\n%s"  # how htag logs an exception it swallows

_install_lock = threading.Lock()  # two engines must not patch at the same time
_current: ContextVar[Scope | None] = ContextVar("quick_htag_scope", default=None)


class Scope:
    """The tags of one instance. Entered while anything of the instance runs.

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
        self._tags: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Run what is inside as this instance."""
        token = _current.set(self)
        try:
            yield
        finally:
            # a coroutine may be collected in another context, which is not ours to change
            with suppress(ValueError):
                _current.reset(token)

    def add(self, tag: Any) -> None:
        """Note a tag made by this instance."""
        self._tags[id(tag)] = tag

    def find(self, tag_id: Any) -> Any:
        """The tag with this id if it belongs here, or None.

        Here belong the tags in the tree, whoever made them (import time, a thread, another
        session that adds to this one), and those made by this instance and not in another's tree.
        """
        tag = self._tags.get(tag_id)
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
        scope = _current.get()
        if scope is None:
            self._outside[tag_id] = tag
        else:
            scope.add(tag)

    def get(self, tag_id: Any, default: Any = None) -> Any:
        """The tag with this id that whoever asks may reach, or ``default``."""
        scope = _current.get()
        tag = self._outside.get(tag_id) if scope is None else scope.find(tag_id)
        return default if tag is None else tag


class ClassRoll:
    """The direct subclasses of ``Tag`` that can bring statics, in order of definition.

    Classes made on the fly are left out until one is subclassed or is given statics of its own:
    before that they have only those of ``Tag``, which every other class brings as well. Until then
    one of them serves for all tags of its name: htag makes a class for each tag, 3 KB and 25 us.

    Args:
        tag_class: ``Tag``.

    """

    def __init__(self, tag_class: type) -> None:
        self._lock = threading.RLock()  # guards all below; a destructor may make tags inside it
        self._numbers = itertools.count()
        self._on_the_fly: weakref.WeakKeyDictionary[type, int] = weakref.WeakKeyDictionary()
        self._listed: weakref.WeakValueDictionary[int, type] = weakref.WeakValueDictionary()
        self._reused: dict[str, type] = {}  # by the name of the tag
        self.tag_class = tag_class
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


class FailureNote(logging.Filter):
    """Keeps the exception htag swallows, because a reply and a page have only its text.

    The record is dropped then: we report it, without what was typed.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        scope = _current.get()
        if scope is not None and record.msg == _FAILURE:
            scope.failure = sys.exc_info()[1]
            return False
        return True


def _print(*args: object, **options: Any) -> None:
    """As ``print``, but for what htag says of an exception in an app of ours."""
    if _current.get() is None or args[:1] != ("ERROR",):
        print(*args, **options)


class QuietJson:
    """``json`` as ``htag.render`` has it, but that it indents nothing.

    Only the log would get it, which does not; it took a third of the time of a click.
    """

    def dumps(self, value: Any, **options: Any) -> str:
        """The text, or none if it was to be indented."""
        return "" if "indent" in options else json.dumps(value, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(json, name)


def _say_nothing(*args: object) -> str:
    """What was called, for the same log."""
    return ""


def install(tag_module: Any, render_module: Any) -> None:
    """Patch htag 1; nothing happens when it is patched already."""
    with _install_lock:
        if hasattr(tag_module, INSTALLED):
            return
        tag_class = tag_module.Tag
        tag_class.__instances__ = TagRegistry(tag_class.__instances__)
        _note_emitted(tag_module.BaseCaller, tag_class)
        _keep_roll(tag_module.TagCreator, ClassRoll(tag_class))
        _update_anywhere(tag_class)
        # as htag 2 does: without a handler, Python prints errors we report ourselves
        logging.getLogger("htag").addHandler(logging.NullHandler())
        for module in (tag_module, render_module):
            module.logger.addFilter(PayloadFilter("callback __on", "INTERACT with", "RETURN -->"))
        render_module.logger.addFilter(FailureNote())
        render_module.print = _print
        render_module.json = QuietJson()
        render_module.fmtcaller = _say_nothing
        setattr(tag_module, INSTALLED, True)


def _note_emitted(caller_class: Any, tag_class: type) -> None:
    original = caller_class.__str__

    def __str__(self: Any) -> str:  # noqa: N807 takes the place of that method
        if isinstance(self.instance, tag_class):  # else it is a generator
            # past __setattr__, which apps may define
            self.instance.__dict__.setdefault(EMITTED, set()).add(self.mname)
        text: str = original(self)
        return text

    caller_class.__str__ = __str__


def _update_anywhere(tag_class: Any) -> None:
    original = tag_class.update

    def update(self: Any) -> Any:
        """Send this tag to the pages; awaited for whether the app lives, or just called."""
        home = home_of(self) if running_loop() is None else None
        return original(self) if home is None else Pushed(home, self)

    tag_class.update = update


def _keep_roll(creator: Any, roll: ClassRoll) -> None:
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
