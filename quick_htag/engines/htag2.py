"""htag 2: what is installed, and how an instance of an app is built."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .htag2_events import event_words
from .htag2_instance import Htag2, Htag2Instance
from .htag2_patches import install
from .htag2_states import KeptStates
from .htag2_writer import Words

if TYPE_CHECKING:
    from .base import InstanceContext


class Htag2Engine:
    """htag 2; patches it when built.

    Raises:
        ImportError: the installed htag is not of this generation, or lacks what it needs.

    """

    major = 2
    script = "htag2.js"

    def __init__(self) -> None:
        from htag import context, core, router, runner, tag

        install(core, context, router.Router, runner)
        self.fixed = str(getattr(runner, "CLIENT_JS", ""))
        self._runner_class: Any = runner.AppRunner
        words = Words(core, runner.AppRunner)
        self._htag = Htag2(context.current_request, words, event_words(runner, core.GTag))
        self._core = core
        self._tags = tag.Tag

    def find_app(self, candidate: Any) -> Any | None:
        """The subclass of ``Tag.App`` in ``candidate``; ``Tag.App`` itself is no app."""
        if isinstance(candidate, ModuleType):
            candidate = getattr(candidate, "App", None)
        if not inspect.isclass(candidate) or candidate is self._runner_class:
            return None
        return candidate if issubclass(candidate, self._runner_class) else None

    def element(self, name: str, *children: Any, **attributes: Any) -> Any:
        """A tag; htag replaces "_" in its name."""
        return getattr(self._tags, name)(*children, **attributes)

    def text(self, text: str) -> Any:
        """A string: htag escapes it."""
        return text

    def build(self, app: Any, context: InstanceContext) -> Htag2Instance:
        """Build an instance; its loop is running on this thread.

        Raises:
            AppFailed: the app raised.

        """
        kept = context.kept
        states = None if kept is None else KeptStates(app, self._core, kept, context.error)
        return Htag2Instance(app, context, self._htag, states)
