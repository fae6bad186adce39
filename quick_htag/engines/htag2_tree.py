"""The tags of an htag 2 app in the order in which htag visits them, kept from event to event.

htag walks all tags three times for an event: to find the one it is for, for those that have
changed, and for the statics of all. Here the order is kept, and whether it is still right is asked
for all tags at once, in a few calls of C, 0.1 us a tag; then only those are visited that have
something to say. Tags whose content is changed in any way, and in whatever order, are found.

An event needs one such look, before its changes are collected. To find the tag it is for, a look
at those before it is enough when it was found before; for the statics, another one is only needed
if code of the app has run meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import compress, repeat
from operator import attrgetter, contains, is_, itemgetter, ne
from typing import Any

from .htag2_patches import DIRTY

_OWN = attrgetter("__dict__")
_ID = attrgetter("id")
_EQUAL = attrgetter("__eq__")
_CHILDS = attrgetter("childs")
# of the ``__dict__`` of a tag, which is sooner asked than the tag
_ATTRS = itemgetter("_GTag__attrs")
_CALLS = itemgetter("_GTag__js_calls")
_MADE = itemgetter("_GTag__rendered_callables")  # what each callable of a tag gave last
_MARK = itemgetter(DIRTY)
_MARK_AND_CALLS = itemgetter(DIRTY, "_GTag__js_calls")
_NONE_MADE: dict[Any, list[Any]] = {}  # of most tags, one for all of them: half as much to look at
_HAS_NO_TAGS = frozenset((str,)).issuperset  # of the types of childs: 4 us for 100 of them

OF_HTAG = ("find_tag", "collect_updates", "collect_statics", "_walk_tree")
"""Methods an app must have from htag for its tree to be kept."""


class Tree:
    """The tags of one app. Session thread only.

    Args:
        app: the app.
        tag_class: ``GTag``.

    """

    def __init__(self, app: Any, tag_class: type) -> None:
        self._app = app
        self._tag_class = tag_class
        self._tags: list[Any] = []
        self._depths: list[int] = []
        self._childs: list[list[Any]] = []
        self._made: list[dict[Any, list[Any]]] = []
        self._owns: list[dict[str, Any]] = []  # the ``__dict__`` of each tag
        self._firsts: list[int] = []  # places of the first tag of each class ...
        self._first_tags: list[Any] = []  # ... and those tags
        self._by_tag = False  # a class has each of its tags bring statics of its own
        self._by_value = False  # some class says which of its tags are equal
        self._found: dict[str, int] = {}  # by id: places of tags
        self._replace(0, 0, app, 0)
        self._gather()

    # -- keeping up --------------------------------------------------------------------------------

    def _replace(self, start: int, end: int, tag: Any, depth: int) -> None:
        """Note a tag and all below it, in the place of those in a range."""
        tags: list[Any] = []
        depths: list[int] = []
        childs: list[list[Any]] = []
        made: list[dict[Any, list[Any]]] = []

        def visit(one: Any, depth: int) -> None:
            tags.append(one)
            depths.append(depth)
            childs.append([*one.childs])
            made.append(_copy(_MADE(one.__dict__)))
            for child in self._below(childs[-1], made[-1]):
                visit(child, depth + 1)

        visit(tag, depth)
        # not in place: who goes through them, and has made the app call us, has the others
        self._tags = [*self._tags[:start], *tags, *self._tags[end:]]
        self._depths = [*self._depths[:start], *depths, *self._depths[end:]]
        self._childs = [*self._childs[:start], *childs, *self._childs[end:]]
        self._made = [*self._made[:start], *made, *self._made[end:]]

    def _below(self, childs: Iterable[Any], made: dict[Any, list[Any]]) -> list[Any]:
        """The tags right below one, in htag's order."""
        tag_class = self._tag_class
        found = [child for child in childs if isinstance(child, tag_class)]
        if made:
            for tags in made.values():
                found += tags
        return found

    def _gather(self) -> None:
        kinds = [*map(type, self._tags)]
        firsts = dict(zip(reversed(kinds), range(len(kinds) - 1, -1, -1), strict=True))
        self._by_tag = any(hasattr(getattr(kind, "statics", None), "__get__") for kind in firsts)
        self._firsts = [*range(len(kinds))] if self._by_tag else sorted(firsts.values())
        self._first_tags = [self._tags[place] for place in self._firsts]
        self._by_value = any(map(ne, map(_EQUAL, firsts), repeat(_EQUAL(object))))
        self._owns = [*map(_OWN, self._tags)]
        for own in self._owns:
            own.setdefault(DIRTY, False)  # one of before htag was patched has another mark
        self._found = {}

    def _keep_up(self) -> None:
        """Look whether each tag has the tags below it that it had."""
        childs, made = [*map(_CHILDS, self._tags)], [*map(_MADE, self._owns)]
        places = range(len(childs))
        try:
            if self._by_value:
                odd = [*places]
            elif childs == self._childs and made == self._made:
                return
            else:
                odd = [*compress(places, map(ne, childs, self._childs))]
                if made != self._made:
                    odd = sorted({*odd, *compress(places, map(ne, made, self._made))})
        except Exception:  # noqa: BLE001 things of the app that cannot be compared
            odd = [0]
            self._childs[0] = []
        self._look_at(odd)

    def _look_at(self, odd: list[int]) -> None:
        spans, end = [], 0
        for place in odd:
            if place < end:
                continue
            tag, before, before_made = self._tags[place], self._childs[place], self._made[place]
            childs, made = [*tag.childs], _MADE(tag.__dict__)
            if not made and not before_made and _HAS_NO_TAGS(map(type, [*before, *childs])):
                self._childs[place] = childs  # texts have changed
                continue
            made = _copy(made)
            if _same(self._below(before, before_made), self._below(childs, made)):
                self._childs[place], self._made[place] = childs, made
            else:
                end = _end(self._depths, place)
                spans.append((place, end))
        for start, end in reversed(spans):
            self._replace(start, end, self._tags[start], self._depths[start])
        if spans:
            self._gather()

    # -- what htag asks ----------------------------------------------------------------------------

    def find(self, tag_id: str) -> Any:
        """The first tag with this id, or None; takes the place of ``App.find_tag``."""
        place = self._found.get(tag_id)
        if place is not None and self._is_first(place, tag_id):
            return self._tags[place]
        self._keep_up()
        ids, attrs = [*map(_ID, self._tags)], map(_ATTRS, self._owns)
        if tag_id in ids:
            place = self._found[tag_id] = ids.index(tag_id)
        else:
            place = len(ids)
        for one in compress(range(place), map(contains, attrs, repeat("id"))):
            if _ATTRS(self._owns[one])["id"] == tag_id:
                place = one
                break
        return self._tags[place] if place < len(ids) else None

    def _is_first(self, place: int, tag_id: str) -> bool:
        """Whether a tag is there and has an id, by a look at those before it only."""
        tags, owns = self._tags[:place], self._owns[:place]
        try:
            return (
                not self._by_value
                and self._tags[place].id == tag_id
                and [*map(_CHILDS, tags)] == self._childs[:place]
                and [*map(_MADE, owns)] == self._made[:place]
                and tag_id not in map(_ID, tags)
                and not any(map(contains, map(_ATTRS, owns), repeat("id")))
            )
        except Exception:  # noqa: BLE001 things of the app that cannot be compared
            return False

    def collect(self, visit: Callable[[Any], bool]) -> bool:
        """Visit the tags that are to be rendered, or have JavaScript calls, in order.

        Args:
            visit: does both; True: code of the app has run, which may have changed anything.

        Returns:
            whether code of the app has run.

        """
        self._keep_up()
        marks: Iterable[Any] = map(_MARK, self._owns)
        if any(map(_CALLS, self._owns)):
            marks = map(any, map(_MARK_AND_CALLS, self._owns))
        waiting = compress(self._tags, marks)
        for tag in waiting:
            if visit(tag):
                self._visit_after(tag, waiting, visit)
                return True
        return False

    def _visit_after(self, last: Any, rest: Iterable[Any], visit: Callable[[Any], object]) -> None:
        """Visit those below a tag and after it as htag does, which sees each change on its way.

        Args:
            last: the tag.
            rest: those that came after it before.
            visit: does it.

        """
        tag_class, passed = self._tag_class, True

        def walk(tag: Any) -> None:
            nonlocal passed
            if passed:
                own = tag.__dict__
                if own.get(DIRTY) or _CALLS(own):
                    visit(tag)
            elif tag is last:
                passed = True
                return
            walk_below(tag)

        def walk_below(tag: Any) -> None:
            for child in tag.childs:
                if isinstance(child, tag_class):
                    walk(child)
            for tags in _MADE(tag.__dict__).values():
                for one in tags:
                    walk(one)

        walk_below(last)
        passed = False
        walk(self._app)
        if not passed:  # it was removed meanwhile, and htag goes on with those that were there
            passed = True
            for tag in rest:
                walk(tag)

    def with_statics(self, *, changed: bool = True) -> list[Any]:
        """The tags that bring statics others do not bring: one of each class, and some.

        Args:
            changed: code of the app may have run since changes were collected.

        """
        if changed:
            self._keep_up()
        if not any(map(contains, self._owns, repeat("statics"))):
            firsts = self._first_tags
            brings = self._by_tag or any(map(getattr, firsts, repeat("statics"), repeat(())))
            return firsts if brings else []
        own = [*compress(range(len(self._tags)), map(contains, self._owns, repeat("statics")))]
        return [self._tags[place] for place in sorted({*self._firsts, *own})]


def _end(depths: list[int], place: int) -> int:
    """Behind the last tag below one."""
    depth, end = depths[place], place + 1
    while end < len(depths) and depths[end] > depth:
        end += 1
    return end


def _copy(made: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    return {key: [*tags] for key, tags in made.items()} if made else _NONE_MADE


def _same(some: list[Any], others: list[Any]) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))
