"""What htag 2 writes of tags, HTML, written sooner.

htag walks the tags twice, first to clear their marks, and asks five methods for each tag and its
content: 3 us for a tag with a text, 1 us here. What the app has a say in is asked as htag asks it:
callables, states, things that are no strings. A class with a method of its own for what is done
here has everything written by htag, and so it is where the installed htag writes something else.
"""

from __future__ import annotations

from html import escape
from operator import attrgetter
from typing import Any

from .from_threads import Steady, was_changed
from .htag2_patches import DIRTY

MOST_CLASSES = 200  # remembered; apps may make classes as they go
_FORM_ELEMENTS = ("input", "textarea", "select")  # whose input event htag wants to have
_LITERAL = ("style", "script")  # whose content is no HTML
_METHODS = attrgetter(
    "__str__", "_render_attrs", "_eval_child", "_get_attrs", "_get_events", "_reset_dirty"
)


class Words:
    """What the installed htag has, and for writing tags. Any thread.

    Args:
        core: ``htag.core``, patched.
        runner_class: ``AppRunner``.

    Attributes:
        tag_class: ``GTag``.
        runner_class: ``AppRunner``.
        are_known: the installed htag writes what we write.

    """

    def __init__(self, core: Any, runner_class: Any) -> None:
        self.tag_class: Any = core.GTag
        self.runner_class = runner_class
        self.simple: set[Any] = {str, int, float, bool, type(None)}  # the app has no say in them
        self.state_class: Any = None
        self.void: Any = ()
        self.methods: Any = None
        self.plain: set[type] = set()  # classes of tags that are written here
        self.are_known = True
        try:
            self.are_known = self._try(core)
        except AttributeError:  # it has other names for things
            self.are_known = False

    def _try(self, core: Any) -> bool:
        tag, html, state = core.GTag, core.HTML, core.State
        self.simple.add(html)
        self.state_class, self.void, self.methods = state, core.VOID_ELEMENTS, _METHODS(tag)
        app = self.runner_class(
            tag("p", "<a>", 5, None, "b", html("&amp;"), tag("br"), tag("style", "a > b")),
            tag("input", _value="'", _disabled=True, _hidden=False, _size=3),
            tag(None, tag("i", tag("u"), _onclick=print, _onkeyup="say('')", _class="c")),
        )
        app.childs[0]["id"] = "other"
        app.childs[1].childs = [state("word")]
        ours = Writer(self, app)(app)
        return not app.is_dirty and ours == app.render_tag(app)

    def is_plain(self, tag: Any) -> bool:
        """Whether a tag of this class is written here; then it is noted."""
        kind = type(tag)
        if _METHODS(kind) != self.methods or callable(tag):
            return False
        if len(self.plain) > MOST_CLASSES:
            self.plain.clear()
        self.plain.add(kind)
        return True


class _Work:
    """One tag that is rendered.

    Args:
        tag: it.

    Attributes:
        asked: code of the app may have run, and the marks of all tags are cleared.

    """

    __slots__ = ("asked", "tag")

    def __init__(self, tag: Any) -> None:
        self.tag = tag
        self.asked = False


class Writer:
    """Writes tags of one app: takes the place of ``App.render_tag``.

    Session thread; others may write with the same ``words``.

    Args:
        words: what htag has.
        app: the app.

    Attributes:
        asked: code of the app may have run since this was set to False.

    """

    __slots__ = (
        "_app",
        "_known",
        "_plain",
        "_plain_render",
        "_state_class",
        "_tag_class",
        "_words",
        "asked",
    )

    def __init__(self, words: Words, app: Any) -> None:
        self.asked = False
        self._words = words
        self._plain = words.plain
        self._tag_class = words.tag_class
        self._state_class = words.state_class
        self._app = app
        self._plain_render = app.__dict__.get("render_tag")  # None: that of the class
        known = words.are_known and self._plain_render is None
        self._known = known and is_of_htag(app, "render_tag", words.runner_class)

    def __call__(self, tag: Any) -> str:
        """The tag as HTML; again, when another thread changed what was being written."""
        write = self._render if self._known else self._ask
        try:
            return write(tag)
        except RuntimeError as error:
            if not was_changed(error):
                raise
        return Steady(write)(tag)

    def _render(self, tag: Any) -> str:
        if type(tag) in self._plain or self._words.is_plain(tag):
            return self._text(tag, _Work(tag))
        return self._ask(tag)

    def _ask(self, tag: Any) -> str:
        self.asked = True
        if self._plain_render is None:
            return str(type(self._app).render_tag(self._app, tag))
        return str(self._plain_render(tag))

    def _text(self, tag: Any, work: _Work) -> str:
        with tag._GTag__lock:
            name = tag.tag
            if not work.asked:
                if name in _FORM_ELEMENTS:
                    _want_input(tag)
                tag.__dict__[DIRTY] = False
            attributes = self._attributes(tag, work)
            content = ""
            for child in tag.childs:
                kind = type(child)
                if kind is str:
                    # escape() takes five times as long as to see that there is nothing to do
                    content += child if child.isalnum() or name in _LITERAL else escape(child)
                elif isinstance(child, self._tag_class) and (
                    kind in self._plain or self._words.is_plain(child)
                ):
                    content += self._text(child, work)
                else:
                    self._look(child, work)
                    content += str(tag._eval_child(child))
            name = tag.tag
            if name in self._words.void:
                return f"<{name}{attributes}/>"
            return f"<{name}{attributes}>{content}</{name}>" if name else content

    def _attributes(self, tag: Any, work: _Work) -> str:
        attrs, written = tag._GTag__attrs, ""
        for name, value in attrs.items():
            text = value
            if type(value) is not str:
                self._look(value, work)
                given = tag._eval_child(value, stringify=False)
                if given is True:
                    written += f" {name}"
                if given is None or given is True or given is False:
                    continue
                text = str(given)
            written += f' {name}="{text if text.isalnum() else escape(text)}"'
        for name, callback in tag._GTag__events.items():
            if isinstance(callback, str):
                written += f' on{name}="{escape(callback)}"'
                continue
            script = f"htag_event('{tag.id}', '{name}', event)"
            if getattr(callback, "_htag_prevent", False):
                script = f"event.preventDefault(); {script}"
            if getattr(callback, "_htag_stop", False):
                script = f"event.stopPropagation(); {script}"
            written += f' on{name}="{script}"'
        if "id" not in attrs:
            return f'{written} id="{tag.id}"'
        return written if str(attrs["id"]) == tag.id else f'{written} data-htag-id="{tag.id}"'

    def _look(self, thing: Any, work: _Work) -> None:
        """Before ``thing`` is evaluated: what the app marks meanwhile stays marked."""
        kind = type(thing)
        if kind is self._state_class:
            kind = type(thing._value)
        if kind not in self._words.simple and not work.asked:
            self._settle(work.tag)
            work.asked = self.asked = True

    def _settle(self, tag: Any) -> None:
        """Clear the marks of a tag and of those below, as ``App.render_tag`` does before all."""
        with tag._GTag__lock:
            if tag.tag in _FORM_ELEMENTS:
                _want_input(tag)
            tag.__dict__[DIRTY] = False
            for child in tag.childs:
                if isinstance(child, self._tag_class):
                    self._settle(child)


def _want_input(tag: Any) -> None:
    """Have the page tell what is typed, as htag does."""
    if "input" not in tag._GTag__events:
        tag._GTag__attrs["oninput"] = f"htag_event('{tag.id}', 'input', event)"


def is_of_htag(app: Any, name: str, runner_class: Any) -> bool:
    """Whether a method of the class of an app is that of ``AppRunner``."""
    return getattr(type(app), name, None) is getattr(runner_class, name, 1)
