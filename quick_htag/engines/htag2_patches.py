"""What is changed inside htag 2, once per interpreter, so that sessions stay apart.

1. The stack of ``with Tag.x():`` blocks belongs to the asyncio task. htag keeps it by thread: a
   block that awaits would take up tags of another session on the same loop.
2. A ``State`` may be set while another session renders. htag walks a set that a render on another
   thread adds to.
3. The log does not get what users typed.

What is installed is kept on the patched module, because that is what there is one of.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import Any

from .reports import PayloadFilter

INSTALLED = "_quick_htag_patched"  # attribute of the patched module

_install_lock = threading.Lock()  # two engines must not patch at the same time


class _Slot:
    """What htag keeps about the code that runs: open blocks, and the tag being evaluated."""

    __slots__ = ("current_eval", "stack")

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.current_eval: Any = None


class _ThreadSlots(threading.local):
    """The slots of one thread. A task never moves to another thread, so nothing is shared."""

    def __init__(self) -> None:
        super().__init__()
        self.outside = _Slot()  # of code that runs in no task
        self.tasks: weakref.WeakKeyDictionary[asyncio.Task[Any], _Slot]
        self.tasks = weakref.WeakKeyDictionary()


class TaskLocal:
    """Takes the place of ``htag.core._ctx``: one slot per asyncio task, else one per thread."""

    def __init__(self) -> None:
        self._threads = _ThreadSlots()

    @property
    def stack(self) -> list[Any]:
        """The tags whose blocks are open, the innermost last."""
        return self._slot().stack

    @property
    def current_eval(self) -> Any:
        """The tag whose callable is being evaluated, or None."""
        return self._slot().current_eval

    @current_eval.setter
    def current_eval(self, tag: Any) -> None:
        self._slot().current_eval = tag

    def _slot(self) -> _Slot:
        try:
            task = asyncio.current_task()
        except RuntimeError:  # no loop runs on this thread
            task = None
        if task is None:
            return self._threads.outside
        slot = self._threads.tasks.get(task)
        if slot is None:
            slot = self._threads.tasks[task] = _Slot()
        return slot


def install(core_module: Any, context_module: Any) -> None:
    """Patch htag 2; nothing happens when it is patched already."""
    with _install_lock:
        if hasattr(core_module, INSTALLED):
            return
        core_module._ctx = context_module._ctx = TaskLocal()
        core_module.State._notify_observers = _notify_observers
        core_module.logger.addFilter(PayloadFilter("handle_event"))
        setattr(core_module, INSTALLED, True)


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
