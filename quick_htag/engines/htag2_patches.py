"""What is changed inside htag 2, once per interpreter, so that sessions stay apart.

1. The stack of ``with Tag.x():`` blocks belongs to the asyncio task. htag keeps it by thread: a
   block that awaits would take up tags of another session on the same loop.
2. A ``State`` may be set while another session renders. htag walks a set that a render on another
   thread adds to.
3. ``State`` is changed in place, ``state += 1``, by one thread at a time.
4. A tag changed by a plain thread is pushed, as one changed by a handler is.
5. A page sets the value of form elements only, and only to what those hold.
6. The log does not get what users typed.
7. ``States`` note whose they are, see ``htag2_states``.
8. What an app that is hosted here sends is collected and sent by us, also when its class overrides
   ``broadcast_updates``.
9. The class of a tag is looked up by its name at once when there is one; htag first asks ``dir``
   twice whether the name is free, which takes longer than to make the tag.
10. Tags without ``on_mount`` and ``on_unmount`` are not asked for them: htag calls the empty ones,
   and looks in three ways at what they give, for each tag each time one around it is added.
11. ``Router.navigate`` quotes its path. htag puts it between two apostrophes as it is, so that one
   in a path ends the string, and what follows runs.

What is installed is kept on the patched module, because that is what there is one of.
"""

from __future__ import annotations

import asyncio
import functools
import json
import threading
import weakref
from collections.abc import Callable
from typing import Any

from ..running import task_of
from .from_threads import home_of
from .htag2_stand_ins import own_call
from .htag2_states import install_states
from .htag2_tags import install_tags
from .reports import PayloadFilter

INSTALLED = "_quick_htag_patched"  # attribute of the patched module

DIRTY = "_quick_htag_dirty"  # attribute of a tag: its mark
BROADCAST = "_quick_htag_broadcast"  # attribute of a hosted app: what sends its changes
_LOCK = "_quick_htag_lock"  # attribute of a State: held while it is changed in place
_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
_IN_PLACE = tuple(f"__i{name}__" for name in (*_ARITHMETIC, "lshift", "rshift", "and", "xor", "or"))

_FORM_ELEMENTS = ("input", "textarea", "select")
_VALUES = {"value": (str, int, float, bool, type(None)), "checked": (bool,)}

_install_lock = threading.Lock()  # two engines must not patch at the same time


class _Slot:
    """What htag keeps about the code that runs: open blocks, and the tag being evaluated."""

    __slots__ = ("current_eval", "stack")

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.current_eval: Any = None


def _nobody() -> None:
    """No task."""


_running = asyncio._get_running_loop


class _ThreadSlots(threading.local):
    """The slots of one thread. A task never moves to another thread, so nothing is shared."""

    def __init__(self) -> None:
        super().__init__()
        self.outside = _Slot()  # of code that runs in no task
        # of tasks that wait inside of a block, which few do; to note each task would be 2 us
        self.tasks: weakref.WeakKeyDictionary[asyncio.Task[Any], _Slot] | None = None
        self.last: Callable[[], Any] = _nobody  # the task that asked last; each tag asks four times
        self.slot = self.outside  # of that task

    def change_to(self, task: asyncio.Task[Any]) -> None:
        """Another task asks."""
        before, slot = self.last(), self.slot
        if before is not None and (slot.stack or slot.current_eval is not None):
            if self.tasks is None:
                self.tasks = weakref.WeakKeyDictionary()
            self.tasks[before] = slot
        found = None if self.tasks is None else self.tasks.pop(task, None)
        self.slot, self.last = found or _Slot(), weakref.ref(task)


class TaskLocal:
    """Takes the place of ``htag.core._ctx``: one slot per asyncio task, else one per thread."""

    def __init__(self) -> None:
        self._threads = _ThreadSlots()

    @property
    def stack(self) -> list[Any]:
        """The tags whose blocks are open, the innermost last."""
        loop, threads = _running(), self._threads  # as ``_slot``, which is a call more
        task = None if loop is None else task_of(loop)
        if task is None:
            return threads.outside.stack
        return threads.slot.stack if threads.last() is task else self._slot().stack

    @property
    def current_eval(self) -> Any:
        """The tag whose callable is being evaluated, or None."""
        return self._slot().current_eval

    @current_eval.setter
    def current_eval(self, tag: Any) -> None:
        self._slot().current_eval = tag

    def _slot(self) -> _Slot:
        loop, threads = _running(), self._threads
        task = None if loop is None else task_of(loop)
        if task is None:
            return threads.outside
        if threads.last() is not task:
            threads.change_to(task)
        return threads.slot


def install(
    core_module: Any, context_module: Any, router_class: Any, runner_module: Any = None
) -> None:
    """Patch htag 2; nothing happens when it is patched already."""
    with _install_lock:
        if hasattr(core_module, INSTALLED):
            return
        core_module._ctx = context_module._ctx = TaskLocal()
        core_module.State._notify_observers = _notify_observers
        for name in _IN_PLACE:
            setattr(core_module.State, name, _one_at_a_time(getattr(core_module.State, name)))
        core_module.GTag._GTag__dirty = DirtyMark()
        install_tags(core_module)
        core_module.GTag.call_js = _calling(core_module.GTag.call_js)
        core_module.GTag._consume_js_calls = _consume_js_calls
        for name in ("mount", "unmount"):
            setattr(core_module.GTag, f"_trigger_{name}", _triggering(core_module.GTag, name))
        core_module.GTag._set_attr_direct = _taking_values(core_module.GTag._set_attr_direct)
        router_class.navigate = _navigate
        core_module.logger.addFilter(PayloadFilter("handle_event", "Error in ", "Error during "))
        if runner_module is not None:  # it prints tracebacks, which may quote what was typed
            runner_module.print = _print_nothing
            kind = runner_module.AppRunner
            kind.broadcast_updates = _broadcasting(kind.broadcast_updates)
            creator = type(runner_module.Tag)
            creator.__getattr__ = _making(creator.__getattr__, core_module.GTag)
        install_states(core_module)
        setattr(core_module, INSTALLED, True)


def _triggering(tag_class: Any, name: str) -> Callable[[Any], None]:
    """``_trigger_mount``, or ``_trigger_unmount``, for tags that have no such hook, too."""
    hook, trigger = f"on_{name}", f"_trigger_{name}"
    plain, original = vars(tag_class)[hook], getattr(tag_class, trigger)

    @functools.wraps(original)
    def triggering(tag: Any) -> None:
        if getattr(type(tag), hook, None) is not plain or hook in tag.__dict__:
            original(tag)
            return
        for child in tag.childs:
            if isinstance(child, tag_class):
                getattr(child, trigger)()
        for tags in tag._GTag__rendered_callables.values():
            for one in tags:
                getattr(one, trigger)()

    return triggering


def _print_nothing(*args: object, **options: object) -> None:
    """What htag says of exceptions we report ourselves."""


def _making(make: Callable[[Any, str], Any], tag_class: type) -> Callable[[Any, str], Any]:
    """What ``Tag.name`` gives."""
    reserved = [vars(base) for base in tag_class.__mro__]  # views: they have what comes later, too

    @functools.wraps(make)
    def making(creator: Any, name: str) -> Any:
        known = creator.__dict__["_registry"].get(name)
        if known is None:
            return make(creator, name)
        lower = name.lower()
        for names in reserved:
            if name in names or lower in names:
                return make(creator, name)
        return known

    return making


def _broadcasting(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def broadcast_updates(
        app: Any, result: Any = None, callback_id: str | None = None, ws: Any = None
    ) -> Any:
        ours = app.__dict__.get(BROADCAST)
        if ours is None:
            return original(app, result, callback_id, ws)
        return ours.broadcast(result, callback_id, ws)

    return broadcast_updates


def _notify_observers(state: Any) -> None:
    """Mark the tags that show ``state`` and push them; each by the thread of its own session."""
    # copying the references inside is one step; iterating over the set itself is not
    for reference in list(state._observers.data):
        observer = reference()
        if observer is not None:
            observer._GTag__dirty = True
            root = observer.root
            if root is not None and hasattr(root, "update"):
                root.update()


def _one_at_a_time(change: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator of ``State`` that reads, computes and writes without another between."""

    @functools.wraps(change)
    def changing(state: Any, other: Any) -> Any:
        lock = state.__dict__.setdefault(_LOCK, threading.RLock())
        with lock:
            return change(state, other)

    return changing


class DirtyMark:
    """Takes the place of the mark a tag has when it must be rendered again.

    On the loop of an app, setting it is all that happens: htag pushes at the end of a handler, and
    apps call ``update`` in tasks. A plain thread has no such end, so its changes are pushed.
    """

    def __get__(self, tag: Any, owner: Any = None) -> Any:
        return self if tag is None else tag.__dict__.get(DIRTY, False)

    def __set__(self, tag: Any, value: bool) -> None:
        tag.__dict__[DIRTY] = value
        if value and _running() is None:
            _push(tag)


def _push(tag: Any) -> None:
    home = home_of(tag)
    if home is not None:
        home.push(tag)


def _calling(call_js: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """``call_js``, for the page of the event in a handler; sent soon by a plain thread."""

    @functools.wraps(call_js)
    def calling(tag: Any, script: str) -> Any:
        home = home_of(tag)
        page = None if home is None else home.asker()
        result = call_js(tag, script if page is None else own_call(script, page))
        if home is not None and _running() is None:
            home.push(tag)
        return result

    return calling


def _consume_js_calls(tag: Any) -> list[str]:
    """The JavaScript calls that wait; htag would lose one another thread adds just then."""
    calls = tag._GTag__js_calls
    return [calls.pop(0) for _ in range(len(calls))]


def _navigate(router: Any, path: str) -> None:
    """Lead the browser to a path of the router; the page that comes is the answer."""
    inside = json.dumps(path)[1:-1].replace("'", "\\u0027").replace("<", "\\u003c")
    router.call_js(f"window.location.hash='{inside}'")


def _taking_values(set_attr: Callable[[Any, str, Any], None]) -> Callable[[Any, str, Any], None]:
    """What a page says an element holds, if it is an element that holds something."""

    @functools.wraps(set_attr)
    def taking(tag: Any, name: str, value: Any) -> None:
        kinds = _VALUES.get(name)
        element = str(tag.tag or "").lower()
        # names with a dash are those of custom elements, which may be form elements
        if kinds and isinstance(value, kinds) and (element in _FORM_ELEMENTS or "-" in element):
            set_attr(tag, name, value)

    return taking
