"""What htag 1 writes of tags, HTML and scripts, written sooner.

htag looks for methods that pages may call among all that ``dir`` finds, 10 us for each tag it
writes, and for the parameters of each callback, 15 us. Both depend on classes and functions, which
stay the same. What the app has a say in is asked as htag does: ``render``, ``__str__`` of
tags and of things that are no tags, properties.
"""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable, Iterable
from types import FunctionType, MethodType
from typing import Any

from .htag1_looks import Kinds, static

_EXPOSED = "_autoExposeClientSide_"  # mark of htag at methods that pages may call
_PLAIN, _ASKED, _ITSELF = 1, 2, 3  # written here; so, but ask for a render(); by its __str__
# attributes that each tag has, which are no such methods
_EVERY_TAG = frozenset(
    ("_hr", "_event", "_parent", "_callbacks_", "_childs", "_attrs", "_hash_", "state", "tag", "js")
)


class Writer:
    """Writes tags as ``str`` and ``_getAllJs`` do. Session threads.

    Args:
        kinds: what is known of classes.
        keywords: names that htag does not look at.
        caller: htag's class for a call of a method by the page.
        warn: logs a text with arguments.
        metas: the beginning of each head.

    """

    def __init__(
        self,
        kinds: Kinds,
        keywords: set[str],
        caller: Callable[..., Any],
        warn: Callable[..., object],
        metas: str,
    ) -> None:
        self._kinds = kinds
        self._tag_class: Any = kinds.tag_class
        self._keywords = keywords
        self._caller = caller
        self._warn = warn
        self._metas = metas
        self._age = kinds.age
        self._names: dict[type, tuple[str, ...] | None] = {}
        self._modes: dict[type, int] = {}

    def html(self, tag: Any) -> str:
        """``str(tag)``."""
        if self._age != self._kinds.age:
            self._forget()
        return self._html(tag, None)

    def page(self, renderer: Any) -> str:
        """``str(renderer)``, a whole document."""
        head = self._tag_class.head()
        for one in renderer._statics:
            head.add(one, True)  # as htag does: what is in a head has no id
        body = self.html(renderer.tag)  # first: what it renders may change statics
        statics = "".join([self.text(one) for one in head._childs])
        top = f"{self._metas}{statics}<title>{renderer.title}</title>"
        return f"<!DOCTYPE html><html><head>{top}</head>{body}</html>"

    def text(self, content: Any) -> str:
        """``str(content)``, which may be a tag."""
        return self.html(content) if isinstance(content, self._tag_class) else str(content)

    def scripts(self, tag: Any) -> list[str]:
        """``tag._getAllJs()``."""
        if self._age != self._kinds.age:
            self._forget()
        found: list[str] = []
        self._add_scripts(tag, found)
        return found

    def _forget(self) -> None:
        """What is known of classes, as one of them has changed."""
        self._age = self._kinds.age
        self._names, self._modes = {}, {}

    # -- HTML --------------------------------------------------------------------------------------

    def _mode(self, kind: type) -> int:
        """How tags of a class are written: see the constants."""
        same = ("__str__", "root", "parent", "__getattribute__")
        if any(static(kind, name) is not static(self._tag_class, name) for name in same):
            mode = _ITSELF
        else:
            mode = _PLAIN if self._kinds.is_plain(kind) else _ASKED
        self._modes[kind] = mode
        return mode

    def _html(self, tag: Any, with_ids: bool | None) -> str:
        """With ids where the app is served; None: find out."""
        kind, own = type(tag), tag.__dict__
        mode = self._modes.get(kind) or self._mode(kind)
        if mode != _PLAIN or "render" in own:
            if mode == _ITSELF or tag.root.STRICT_MODE:  # for which htag has more to say
                return str(tag)
            render = tag._hasARenderMethod()
            if render:
                render()
                with_ids = None
        if with_ids is None:
            with_ids = tag.root._hr is not None
        tag_class, content = self._tag_class, ""
        for child in tag._childs:
            if type(child) is str:
                content += child
            elif isinstance(child, tag_class):
                content += self._html(child, with_ids if child._parent is tag else None)
            elif child is not None:
                content += str(child)
        name = tag.tag
        if name is None:
            return content
        if "_" in name:
            name = name.replace("_", "-")
        return f"<{name}{self._attributes(tag, with_ids)}>{content}</{name}>"

    def _attributes(self, tag: Any, with_ids: bool) -> str:
        attrs, boxes = tag._attrs, self._kinds.boxes
        last = ""
        if with_ids:
            if "id" in attrs:
                attrs = self._with_id(tag, attrs)
            else:
                last = f' id="{id(tag)}"'
        written = ""
        for name, value in attrs.copy().items():  # other threads may change them meanwhile
            kind = type(value)
            if kind is bool:
                written += f" {name}" if value else ""
            elif kind is str or kind in boxes or (value is not None and value != ""):
                text = value if kind is str else str(value)
                if text.isalnum():  # most are, and escape() takes as long as the rest
                    written += f' {name}="{text}"'
                elif text or not (kind is str or kind in boxes):
                    written += f' {name}="{html.escape(text)}"'
        return written + last

    def _with_id(self, tag: Any, attrs: dict[str, Any]) -> dict[str, Any]:
        """The attributes of a tag that has an id of its own, with ours in its place."""
        if attrs["id"]:
            self._warn("an app served has ids of its own: %r of %r is left out", attrs["id"], tag)
        return {**attrs, "id": id(tag)}

    # -- scripts -----------------------------------------------------------------------------------

    def _add_scripts(self, tag: Any, found: list[str]) -> None:
        kind, own = type(tag), tag.__dict__
        try:
            names = self._names[kind]
        except KeyError:
            names = self._names[kind] = self._class_names(kind)
        if names is None:
            found.extend(kind._getAllJs(tag))  # past what ``BuildOnce`` sets
            return
        if not own.keys() <= _EVERY_TAG:
            names = self._candidates(own, names)
        if names:
            self._add_calls(tag, names, found)
        if tag.js:
            found.append(tag._genIIFEScript(tag.js))
        tag_class = self._tag_class
        for child in tag._childs:
            if type(child) is not str and isinstance(child, tag_class):
                self._add_scripts(child, found)

    def _add_calls(self, tag: Any, names: Iterable[str], found: list[str]) -> None:
        """A script for those of the names that pages may call."""
        calls = []
        for name in names:
            if hasattr(getattr(tag, name), _EXPOSED):
                call = self._caller(tag, name, [b"...arguments"], {})
                calls.append(f"self.{name} = function(_) {{{call}}}")
        if calls:
            found.append(tag._genIIFEScript(";".join(calls)))

    def _candidates(self, own: dict[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
        """Names of a class, and those at its tag, which may be methods that pages may call."""
        others = own.keys() - _EVERY_TAG - self._keywords
        return (*names, *sorted(others.difference(names)))

    def _class_names(self, kind: type) -> tuple[str, ...] | None:
        """Names at a class, without those of functions that nobody has exposed."""
        same = ("_getAllJs", "_genIIFEScript", "__dir__", "__getattribute__")
        if any(static(kind, name) is not static(self._tag_class, name) for name in same):
            return None
        names = set(dir(kind)) - self._keywords
        return tuple(sorted(name for name in names if _may_be_exposed(static(kind, name))))


def _may_be_exposed(found: Any) -> bool:
    return type(found) is not FunctionType or hasattr(found, _EXPOSED)


def takes_event(callback: Any) -> bool:
    """Whether one of the first two parameters of a callback is called ``ev``."""
    function = callback.__func__ if type(callback) is MethodType else callback
    if type(function) is FunctionType and not function.__dict__:  # nothing says otherwise
        code = function.__code__
        return "ev" in code.co_varnames[: code.co_argcount][:2]
    return "ev" in inspect.getfullargspec(callback).args[:2]
