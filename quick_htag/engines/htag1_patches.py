"""What is changed inside htag 1, once per interpreter, so that sessions stay apart.

1. ``Tag.find_tag`` finds only tags of the instance that asks. htag looks an id up in one registry
   of the process, and ids are memory addresses, which are used again.
2. A tag remembers which of its methods were written into a page.
3. Classes that htag makes on the fly for ``Tag.div(...)`` are left out when the statics of all
   classes are collected, which each new session does, and are used again. Apps see the same classes
   as before.
4. ``tag.update()`` works on plain threads too, where nothing can be awaited.
5. The log does not get what users typed, and an exception htag only logs is kept for us.
6. What pages call is written sooner, and an event has the class of earlier ones that had the same
   fields: htag compiles one each time, 0.1 to 0.3 ms.

What is installed is kept on the patched module, because that is what there is one of.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
import threading
from collections import namedtuple
from typing import Any

from .from_threads import home_of, running_loop
from .htag1_classes import ClassRoll, keep_roll
from .htag1_looks import Kinds
from .htag1_scope import TagRegistry, current
from .htag1_updates import Pushed
from .htag1_writer import takes_event
from .reports import PayloadFilter

INSTALLED = "_quick_htag_patched"  # attribute of the patched module: what is known of classes
EMITTED = "_quick_htag_emitted"  # attribute of a tag: names of its methods written into a page
MAX_EVENTS = 64  # sets of fields whose classes of events are kept
_FAILURE = "Exception %s:\n%s"  # how htag logs an exception it swallows

_install_lock = threading.Lock()  # two engines must not patch at the same time


class FailureNote(logging.Filter):
    """Keeps the exception htag swallows, because a reply and a page have only its text.

    The record is dropped then: we report it, without what was typed.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        scope = current.get()
        if scope is not None and record.msg == _FAILURE:
            scope.failure = sys.exc_info()[1]
            return False
        return True


def _print(*args: object, **options: Any) -> None:
    """As ``print``, but for what htag says of an exception in an app of ours."""
    if current.get() is None or args[:1] != ("ERROR",):
        print(*args, **options)


def install(tag_module: Any, render_module: Any) -> Kinds:
    """Patch htag 1, if it is not patched already; what is known of its classes."""
    with _install_lock:
        if not hasattr(tag_module, INSTALLED):
            setattr(tag_module, INSTALLED, _install(tag_module, render_module))
        kinds: Kinds = getattr(tag_module, INSTALLED)
        return kinds


def _install(tag_module: Any, render_module: Any) -> Kinds:
    tag_class = tag_module.Tag
    tag_class.__instances__ = TagRegistry(tag_class.__instances__)
    _note_emitted(tag_module.BaseCaller, tag_class)
    _write_sooner(tag_module)
    kinds = Kinds(tag_class, (tag_module.StrClass, tag_module.StrStyle))
    keep_roll(tag_module.TagCreator, ClassRoll(tag_class, kinds.changed))
    _update_anywhere(tag_class)
    # as htag 2 does: without a handler, Python prints errors we report ourselves
    logging.getLogger("htag").addHandler(logging.NullHandler())
    for module in (tag_module, render_module):
        module.logger.addFilter(PayloadFilter("callback __on", "INTERACT with", "RETURN -->"))
    render_module.logger.addFilter(FailureNote())
    render_module.print = _print
    return kinds


def _note_emitted(caller_class: Any, tag_class: type) -> None:
    original = caller_class.__str__

    def __str__(self: Any) -> str:  # noqa: N807 takes the place of that method
        if isinstance(self.instance, tag_class):  # else it is a generator
            # past __setattr__, which apps may define
            self.instance.__dict__.setdefault(EMITTED, set()).add(self.mname)
        text: str = original(self)
        return text

    caller_class.__str__ = __str__


def _write_sooner(tag_module: Any) -> None:
    method_call = tag_module.BaseCaller
    original = tag_module.Caller.__str__

    def __str__(self: Any) -> str:  # noqa: N807 takes the place of that method
        if not self._assigned:
            return str(original(self))  # which says what is wrong
        method = "__on_event__" if takes_event(self.callback) else "__on__"
        call = method_call(self.instance, method, (self._assigned, *self.args), self.kargs)
        call._befores, call._afters = self._befores, self._afters
        return str(call)

    tag_module.Caller.__str__ = __str__
    encoder = json.JSONEncoder(default=_script)  # json.dumps makes one for each call
    tag_module.stringify = lambda value: _unquoted(encoder.encode(value))
    tag_module.namedtuple = _event_class


def _script(value: Any) -> str | None:
    """Bytes are JavaScript, which htag marks so that it can take the quotes off."""
    return f"<:<:{value.decode()}:>:>" if isinstance(value, bytes) else None


def _unquoted(text: str) -> str:
    return text.replace('"<:<:', "").replace(':>:>"', "")


def _event_class(name: str, fields: list[str]) -> type:
    return event_class(name, tuple(fields))


@functools.lru_cache(MAX_EVENTS)
def event_class(name: str, fields: tuple[str, ...]) -> type:
    """The class of events with these fields."""
    return namedtuple(name, fields)


def _update_anywhere(tag_class: Any) -> None:
    original = tag_class.update

    def update(self: Any) -> Any:
        """Send this tag to the pages; awaited for whether the app lives, or just called."""
        home = home_of(self)
        if home is None:
            return original(self)
        if home.is_current() or running_loop() is not None:
            return awaited(self)
        return Pushed(home, self)

    async def awaited(tag: Any) -> bool:
        """As htag does, which looks for the root three times."""
        root = tag.root
        renderer = root._hr if root else None
        sent: bool = await (original(tag) if renderer is None else renderer.update(tag))
        return sent

    # scripts import htag first: bases that htag has made for their classes have copies of it
    for one in [tag_class, *_below(tag_class)]:
        if one.__dict__.get("update") is original:
            one.update = update


def _below(kind: Any) -> list[Any]:
    """The subclasses of a class, and theirs."""
    found = list(type.__subclasses__(kind))
    for one in found:  # grows meanwhile
        found += type.__subclasses__(one)
    return found
