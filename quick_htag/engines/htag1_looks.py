"""A look at a tag of htag 1: what its text would be made of, and which tags can be looked at.

htag finds what has changed by the texts of tags. When a tag holds what it held, the text is the
same, too. A tag is plain when looking at it runs no code of the app, and when what it holds has
one text for ever, or is one of htag's two containers, whose contents are looked at too.

Two differences are not seen: the order of attributes, which means nothing in HTML; and a text in
whose place there is now something that equals it and has another text, a member of an ``Enum`` of
texts, say.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import is_
from typing import Any

Seen = tuple[Any, Any, list[Any], dict[str, Any]]
"""A tag, its name, its children and its attributes."""

_NUMBERS = (int, float, bool, bytes, type(None))  # have one text for ever
# what a class must have from ``Tag`` for its tags to be plain
_FROM_TAG = (
    *("_getStateImage", "_hasARenderMethod", "_childs", "_attrs", "root", "parent"),
    *("__getattribute__", "__getattr__", "__dict__", "__eq__"),
)
_NOTHING = object()


class Kinds:
    """Which classes have tags as plain as htag's own. Any thread: what is lost is found again.

    Args:
        tag_class: ``Tag``.
        boxes: htag's classes for the values of ``class`` and ``style``, which change in place.

    Attributes:
        age: another number after each change of a class.

    """

    def __init__(self, tag_class: type, boxes: tuple[type, ...]) -> None:
        self.tag_class = tag_class
        self.boxes = boxes
        self.age = 0
        self._plain: dict[type, bool] = {}

    def changed(self) -> None:
        """A class has got another attribute."""
        self.age += 1
        self._plain = {}

    def is_plain(self, kind: type) -> bool:
        """Whether nothing in its tags runs code of the app when they are looked at."""
        known = self._plain.get(kind)
        if known is None:
            known = self._plain[kind] = self._looks_plain(kind)
        return known

    def _looks_plain(self, kind: type) -> bool:
        name = static(kind, "tag")
        return (
            all(static(kind, one) is static(self.tag_class, one) for one in _FROM_TAG)
            and static(kind, "render") is _NOTHING
            and (name is None or isinstance(name, str))
        )


def static(kind: type, name: str) -> Any:
    """An attribute of a class as it was defined; htag makes a tag of each that is not there."""
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return _NOTHING


class Look:
    """What a plain tag held when it was looked at.

    Args:
        seen: the tag, its name, its children and its attributes.
        tags: those of the children that are tags.
        boxes: values that change in place.
        numbered: whether there are things in it that may equal others that have another text.

    Attributes:
        contents: what the boxes held.
        numbers: the texts of those things.

    """

    __slots__ = ("boxes", "contents", "numbers", "seen", "tags")

    def __init__(
        self, seen: Seen, tags: tuple[Any, ...], boxes: tuple[Any, ...], numbered: bool
    ) -> None:
        self.seen = seen
        self.tags = tags
        self.boxes = boxes
        # of most tags there are none
        self.contents: tuple[list[Any], ...] = boxes and tuple([box._ll.copy() for box in boxes])
        self.numbers: tuple[str, ...] = number_texts(seen[2], seen[3]) if numbered else ()

    def holds(self) -> bool:
        """Whether the tag is what it was; also False when it is hard to say."""
        tag, name, childs, attrs = self.seen
        try:
            return (
                bool(tag.tag == name and tag._childs == childs and tag._attrs == attrs)
                and all(box._ll == held for box, held in self.held())
                and (not self.numbers or number_texts(tag._childs, tag._attrs) == self.numbers)
            )
        except Exception:  # noqa: BLE001 things that cannot be compared
            return False

    def held(self) -> Iterator[tuple[Any, list[Any]]]:
        """The boxes, each with what it held."""
        return zip(self.boxes, self.contents, strict=True)

    def differs(self, now: list[Any]) -> bool:
        """Whether the text is surely another with these children; False: it may be."""
        before = self.seen[2]
        for old, new in zip(before, now, strict=False):
            if old is not new and old != new:
                return type(old) is str is type(new)
        return len(before) != len(now)

    def has_tags_of(self, other: Look) -> bool:
        """Whether there are the same tags inside."""
        mine, others = self.tags, other.tags
        return mine is others or (len(mine) == len(others) and all(map(is_, mine, others)))

    def text(self, tag_class: type) -> str:
        """The text htag would have made of the tag."""
        _, name, childs, attrs = self.seen
        if self.boxes:
            then = {id(box): _as_it_was(box, content) for box, content in self.held()}
            attrs = {key: then.get(id(value), value) for key, value in attrs.items()}
        texts = [f"[{id(one)}]" if isinstance(one, tag_class) else str(one) for one in childs]
        return f"{name}{attrs}:{texts}"


def look_at(tag: Any, kinds: Kinds) -> Look | None:
    """The look of a tag; None: it is not plain, and has to be asked for its text."""
    if not kinds.is_plain(type(tag)) or "render" in tag.__dict__:
        return None
    childs, attrs = tag._childs, tag._attrs
    if type(attrs) is not dict:
        return None
    childs, attrs = [*childs], attrs.copy()  # other threads may change them meanwhile
    boxes: tuple[Any, ...] = ()
    tags: tuple[Any, ...] = ()
    numbered = False
    for child in childs:
        if type(child) is not str:  # there is such a thing in few tags
            found = _tags_in(childs, kinds.tag_class)
            if found is None:
                return None
            tags, numbered = found
            break
    for value in attrs.values():
        kind: Any = type(value)
        if kind is str:
            continue
        if kind in kinds.boxes:
            if not all(map(_is_text, value._ll)):
                return None
            boxes = (*boxes, value)
        elif kind in _NUMBERS:
            numbered = True
        elif kind.__repr__ is not object.__repr__ or kind.__eq__ is not object.__eq__:
            return None
    return Look((tag, tag.tag, childs, attrs), tags, boxes, numbered)


def _tags_in(childs: list[Any], tag_class: type) -> tuple[tuple[Any, ...], bool] | None:
    """The tags among children, and whether there are numbers; None: there is something else."""
    others = [child for child in childs if type(child) is not str]
    tags = tuple([child for child in others if isinstance(child, tag_class)])
    if len(tags) == len(others):
        return tags, False
    if all(type(one) in _NUMBERS or isinstance(one, tag_class) for one in others):
        return tags, True
    return None


def number_texts(childs: list[Any], attrs: dict[str, Any]) -> tuple[str, ...]:
    """The texts of numbers and the like: 1, 1.0 and True are equal, and look otherwise."""
    return tuple([repr(one) for one in (*childs, *attrs.values()) if type(one) in _NUMBERS])


def _is_text(item: Any) -> bool:
    """Whether a class, or a style, is of texts."""
    if type(item) is tuple:
        return all(type(part) is str for part in item)
    return type(item) is str


def _as_it_was(box: Any, held: list[Any]) -> Any:
    """A ``StrClass`` or ``StrStyle`` with what it held."""
    before = object.__new__(type(box))
    before._ll = held
    return before
