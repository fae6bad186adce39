"""What the tags of an htag 1 app look like, so that those an interaction has changed are found.

htag writes a text of each tag before and after each handler, 3 us each, and compares the texts.
Here all plain tags are looked at in one loop, 0.14 us each, and texts are made of those tags only
that do not hold what they held. What is found is what htag finds, and so is what is
not: an app that changes a tag in a timer, and does not push it, sees that the next click does not
show it either.

Rules of this file: what the app has a say in is asked exactly as often as htag does it, and in the
same order: ``render`` of a tag, and texts of things that are neither text, number nor tag. Session
thread only.
"""

from __future__ import annotations

from typing import Any

from .htag1_looks import Kinds, Look, look_at, number_texts


class NotPlain(Exception):
    """A tag has to be asked for its text; nothing that an app or its visitor did wrong.

    Attributes:
        tag: which one; None: it is not known.

    """

    def __init__(self, tag: Any = None) -> None:
        self.tag = tag


class FlatImage:
    """The looks of all tags of an app that are plain, in the order of the page.

    Args:
        root: the tag of the app.
        kinds: which classes are plain.

    Attributes:
        usable: False: what has changed since is not plain; another image is needed.

    Raises:
        NotPlain: a tag is not.

    """

    def __init__(self, root: Any, kinds: Kinds) -> None:
        self.usable = True
        self._kinds = kinds
        self._age = kinds.age
        self._depths: list[int] = []
        self._looks: list[Look] = []
        self._replace(0, 0, root, 0)
        self._gather()

    def _replace(self, start: int, end: int, tag: Any, depth: int) -> None:
        """Look at a tag and all below it, in the place of those in a range."""
        depths: list[int] = []
        looks: list[Look] = []
        self._visit(tag, depth, depths, looks)
        self._depths[start:end] = depths
        self._looks[start:end] = looks

    def _visit(self, tag: Any, depth: int, depths: list[int], looks: list[Look]) -> None:
        look = look_at(tag, self._kinds)
        if look is None:
            raise NotPlain(tag)
        depths.append(depth)
        looks.append(look)
        for child in look.tags:
            self._visit(child, depth + 1, depths, looks)

    def _gather(self) -> None:
        """Put what is compared together, as lists for all tags."""
        looks = self._looks
        self._seen = [look.seen for look in looks]
        self._held = [
            (place, box, held)
            for place, look in enumerate(looks)
            if look.boxes
            for box, held in look.held()
        ]
        self._numbered = [place for place, look in enumerate(looks) if look.numbers]

    def states(self) -> dict[int, Look | str]:
        """The looks by the ids of the tags, for ``CarefulImage``."""
        return {id(look.seen[0]): look for look in self._looks}

    def look_again(self) -> list[Any]:
        """The tags that have changed since the last look; those below one are left out.

        Raises:
            NotPlain: a tag is not plain any more.

        """
        if self._age != self._kinds.age:
            raise NotPlain
        try:
            odd = self._odd()
        except Exception as error:
            raise NotPlain from error
        return self._look_at_odd(odd) if odd else []

    def _odd(self) -> list[int]:
        """The places of the tags that do not hold what they held, in order.

        A plain loop takes 0.14 us for a tag. Lists of all tags by ``map``, compared at once, took
        0.2, because a tuple for each makes the collector of garbage look at them.

        Raises:
            NotPlain: one renders itself now.

        """
        odd = []
        for place, (tag, name, childs, attrs) in enumerate(self._seen):
            own = tag.__dict__
            if "render" in own:
                raise NotPlain
            if own["_childs"] != childs or own["_attrs"] != attrs or tag.tag != name:
                odd.append(place)
        more = []
        for place, box, held in self._held:
            if box._ll != held:
                more.append(place)
        for place in self._numbered:
            tag = self._seen[place][0]
            if number_texts(tag._childs, tag._attrs) != self._looks[place].numbers:
                more.append(place)
        return sorted({*odd, *more}) if more else odd

    def _look_at_odd(self, odd: list[int]) -> list[Any]:
        """Of those tags the ones whose text has changed; all are looked at anew."""
        changed, spans = [], []
        below = 0  # behind what is below the tag that has changed last ...
        end = 0  # ... and behind what is to be replaced
        stale = False
        for place in odd:
            if place < end:
                continue
            before = self._looks[place]
            tag = before.seen[0]
            if place >= below and self._has_changed(tag, before):
                below = self._end(place)
                changed.append(tag)
            look = look_at(tag, self._kinds)
            if look is None:
                self.usable = False
            elif look.has_tags_of(before):
                self._looks[place], self._seen[place] = look, look.seen
                stale = stale or bool(look.boxes or before.boxes or look.numbers or before.numbers)
            else:
                end = self._end(place)
                spans.append((place, end))
        if spans:
            self._replace_all(spans)
        if spans or stale:
            self._gather()
        return changed

    def _has_changed(self, tag: Any, before: Look) -> bool:
        """Whether the text of a tag is another."""
        if before.differs(tag._childs):
            return True
        return bool(before.text(self._kinds.tag_class) != tag._getStateImage())

    def _replace_all(self, spans: list[tuple[int, int]]) -> None:
        """Look anew at tags with other tags below them, and at these."""
        try:
            for start, end in reversed(spans):
                self._replace(start, end, self._looks[start].seen[0], self._depths[start])
        except NotPlain:
            self.usable = False

    def _end(self, place: int) -> int:
        """Behind the last tag below one."""
        end = place + 1
        if self._looks[place].tags:
            depth = self._depths[place]
            while end < len(self._depths) and self._depths[end] > depth:
                end += 1
        return end


class CarefulImage:
    """The looks and texts of all tags of an app whose code has a say in them.

    Args:
        root: the tag of the app.
        kinds: which classes are plain.

    """

    def __init__(self, root: Any, kinds: Kinds) -> None:
        self._root = root
        self._kinds = kinds
        self._states: dict[int, Look | str] = {}
        self._tags: list[Any] = []  # of the states, so that their ids are theirs

    def look(self, states: dict[int, Look | str] | None = None) -> None:
        """Look at all tags.

        Args:
            states: what they looked like a moment ago, in another image.

        """
        if states is not None:
            self._states = states
            return
        before, self._states = self._states, {}
        tags = [tag for tag, _ in self._tree()]
        for tag in tags:
            self._states[id(tag)] = self._state(tag, before.get(id(tag)))
        self._tags = tags

    def _tree(self) -> list[tuple[Any, int]]:
        """The tags with their depths as they are now, whatever ``render`` will do to them."""
        tag_class = self._kinds.tag_class
        found: list[tuple[Any, int]] = []

        def visit(tag: Any, depth: int) -> None:
            found.append((tag, depth))
            for child in tag._childs:
                if isinstance(child, tag_class):
                    visit(child, depth + 1)

        visit(self._root, 0)
        return found

    def _state(self, tag: Any, before: Look | str | None) -> Look | str:
        """The look of a tag, the one before if it is still right; or its text."""
        kinds = self._kinds
        plain = kinds.is_plain(type(tag)) and "render" not in tag.__dict__
        if plain and isinstance(before, Look) and before.holds():
            return before
        look = look_at(tag, kinds) if plain else None
        if look is not None:
            return look
        text: str = tag._getStateImage()
        return text

    def changed(self) -> list[Any]:
        """The tags that have changed, in order; those below one are left out, and not asked."""
        changed: list[Any] = []
        below: int | None = None  # depth of the tag that has changed last, while below it
        for tag, depth in self._tree():
            if below is not None and depth > below:
                continue
            below = None
            before = self._states.get(id(tag))
            now = self._state(tag, before)
            if before is not now and (before is None or self._text(before) != self._text(now)):
                below = depth
                changed.append(tag)
        return changed

    def _text(self, state: Look | str) -> str:
        return state if isinstance(state, str) else state.text(self._kinds.tag_class)


class Image:
    """What an app looks like, before an interaction and after it.

    Args:
        root: the tag of the app.
        kinds: which classes are plain.

    """

    def __init__(self, root: Any, kinds: Kinds) -> None:
        self._root = root
        self._kinds = kinds
        self._flat: FlatImage | None = None  # kept from one interaction to the next
        self._careful: CarefulImage | None = None  # if there is no other
        self._reason: Any = None  # a tag that is not plain

    def before(self) -> None:
        """A handler is about to run."""
        try:
            if self._flat is not None:
                self._flat.look_again()
        except NotPlain:
            self._flat = None
        if self._flat is None or not self._flat.usable:
            self._flat = self._new()
        if self._flat is not None:
            self._careful = None
            return
        if self._careful is None:
            self._careful = CarefulImage(self._root, self._kinds)
        self._careful.look()

    def _new(self) -> FlatImage | None:
        reason, self._reason = self._reason, None
        shown = reason is not None and reason.root is self._root
        if shown and look_at(reason, self._kinds) is None:
            self._reason = reason
            return None
        try:
            return FlatImage(self._root, self._kinds)
        except NotPlain as found:
            self._reason = found.tag
            return None

    def after(self) -> list[Any]:
        """The tags that the handler has changed, in order."""
        if self._flat is None:
            assert self._careful is not None
            return self._careful.changed()
        try:
            return self._flat.look_again()
        except NotPlain:
            careful = CarefulImage(self._root, self._kinds)
            careful.look(self._flat.states())
            return careful.changed()

    def forget(self) -> None:
        """Let go of the app."""
        self._root = self._flat = self._careful = self._reason = None
