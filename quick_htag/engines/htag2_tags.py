"""How htag 2 makes tags, and puts one into another, sooner.

htag asks four times for the blocks that are open while it makes a tag, and calls ``init`` and
``add`` for its content: 11 us for a button with a text, 7 us here. It is done here only where the
installed htag does what is done here, and a class with styles of its own is left to htag.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from typing import Any

# what its methods name, and so nearly all of what they do
_MAKES = """RLock _GTag__attrs _GTag__dirty _GTag__events _GTag__js_calls _GTag__lock
_GTag__rendered_callables __class__ __name__ _ctx _scope_css _scoped_style_cache add add_class
append childs debug getattr id init isinstance items list logger parent pop replace setattr stack
startswith str tag threading tuple GTag"""
_ADDS = """_GTag__dirty _GTag__lock _trigger_mount add append callable childs isinstance list parent
remove root tuple GTag"""


def install_tags(core: Any) -> None:
    """Have tags made here, unless the installed htag makes them in another way."""
    kind = core.GTag
    add, make, init = kind.add, kind.__init__, kind.init
    if _names(add) != {*_ADDS.split()} or _names(init) != {"add"}:
        return
    kind.add = _adding(add, kind)
    if _names(make) == {*_MAKES.split()}:
        kind.__init__ = _making(make, core)


def _names(method: Any) -> set[str]:
    code = getattr(method, "__code__", None)
    return set() if code is None else {*code.co_names}


def _adding(original: Callable[..., Any], tag_class: Any) -> Callable[..., Any]:
    @functools.wraps(original)
    def add(tag: Any, *content: Any) -> Any:
        for item in content:
            if type(item) is str:  # most are: htag asks whether it is four other things
                with tag._GTag__lock:
                    tag.childs.append(item)
                    tag._GTag__dirty = True
                continue
            if item is None:
                continue
            if isinstance(item, (list, tuple)):
                tag.add(*item)
                continue
            is_tag = isinstance(item, tag_class)
            if is_tag and item.parent is not None and item.parent is not tag:
                item.remove()
            with tag._GTag__lock:
                if is_tag:
                    if item in tag.childs:
                        tag.childs.remove(item)
                    item.parent = tag
                    if tag.root is not None:
                        item._trigger_mount()
                tag.childs.append(item)
                tag._GTag__dirty = True
        return tag

    return add


def _making(original: Callable[..., Any], core: Any) -> Callable[..., None]:
    context, logger, scoped = core._ctx, core.logger, core._scoped_style_cache
    new_lock = threading.RLock().__class__  # ``RLock`` is a function that calls it

    @functools.wraps(original)
    def make(self: Any, *args: Any, **options: Any) -> None:
        kind = type(self)
        if getattr(kind, "styles", None) or kind in scoped:
            original(self, *args, **options)
            return
        self._GTag__lock = new_lock()
        self._GTag__attrs = attributes = {}
        self._GTag__events = events = {}
        self._GTag__dirty = False
        self._GTag__js_calls = []
        self._GTag__rendered_callables = {}
        self.childs = []
        self.parent = None
        self.id = ""
        if getattr(self, "tag", None) is None:
            if args:
                self.tag = None if args[0] is None else str(args[0]).replace("_", "-")
                args = args[1:]
            else:
                self.tag = "div"
        if getattr(self, "tag", None) not in ("style", "script"):
            self.id = str(options["_id"]) if "_id" in options else f"{self.tag}-{id(self)}"
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("Created Tag: %s (id: %s)", self.tag, self.id)
        rest = {}
        for name, value in options.items():
            if name.startswith("_on"):
                events[name[3:]] = value
            elif name.startswith("_"):
                attributes[name[1:].replace("_", "-")] = value
            else:
                setattr(self, name, value)
                rest[name] = value
        stack = context.stack  # of the task, which is the same one until this returns
        stack.append(self)
        try:
            self.init(*args, **rest)
        finally:
            stack.pop()
        if stack:
            stack[-1].add(self)

    return make
