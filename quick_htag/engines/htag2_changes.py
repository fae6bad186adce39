"""What has changed in an htag 2 app since it was asked last.

It does what ``App.broadcast_updates`` does before it sends, but visits those tags only that have
something to say, see ``htag2_tree``. Apps that have methods of their own for that are asked as htag
asks them. Session thread only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii as encode
from typing import Any, NamedTuple

from .from_threads import Steady
from .htag2_patches import DIRTY
from .htag2_stand_ins import OwnCall
from .htag2_tree import OF_HTAG, Tree
from .htag2_writer import Words, Writer, is_of_htag


class Changed(NamedTuple):
    """What pages are to be told.

    Attributes:
        updates: HTML by the ids of tags.
        calls: JavaScript in order, that for one page among it.
        statics: HTML that the pages do not have yet.

    """

    updates: dict[str, str]
    calls: list[str]
    statics: list[str]

    def text(self) -> str:
        """The payload for all pages."""
        calls = [call for call in self.calls if not isinstance(call, OwnCall)] if self.calls else ()
        # put together, as there is mostly nothing but updates: json.dumps takes 2 us more
        js = json.dumps(calls) if calls else "[]"
        statics = json.dumps(self.statics) if self.statics else "[]"
        updates = written(self.updates)
        return f'{{"action": "update", "updates": {updates}, "js": {js}, "statics": {statics}}}'


NOTHING = Changed({}, [], [])


def written(updates: dict[str, str]) -> str:
    """``json.dumps`` of texts by texts."""
    try:
        pairs = [f"{encode(name)}: {encode(text)}" for name, text in updates.items()]
    except TypeError:  # something else, from methods of the app
        return json.dumps(updates)
    return f"{{{', '.join(pairs)}}}"


class Changes:
    """Finds out.

    Args:
        app: the app.
        words: classes of htag.
        writer: writes tags of the app.

    """

    def __init__(self, app: Any, words: Words, writer: Writer) -> None:
        self._app = app
        self._tag_class = words.tag_class
        plain = all(is_of_htag(app, name, words.runner_class) for name in OF_HTAG)
        self._tree = Tree(app, words.tag_class) if plain else None
        self._find_slowly = app.find_tag
        self._writer = writer
        self._collect = Steady(self._collect_all if self._tree is None else self._collect_soon)

    def find(self, root: Any, tag_id: str) -> Any:
        """The tag with an id, or None; takes the place of ``App.find_tag``."""
        if self._tree is None or root is not self._app:
            return self._find_slowly(root, tag_id)
        return self._tree.find(tag_id)

    def collect(self, *, statics: bool = True) -> Changed:
        """Render what has changed; with the JavaScript calls that wait.

        Args:
            statics: those that the pages do not have yet, too; they have them from now on.

        Raises:
            Exception: what the app raised; the calls found before it are lost, as with htag.

        """
        updates: dict[str, str] = {}
        calls: list[str] = []
        asked = self._collect(updates, calls)
        return Changed(updates, calls, self._new_statics(asked) if statics else [])

    def _collect_all(self, updates: dict[str, str], calls: list[str]) -> bool:
        self._app.collect_updates(self._app, updates, calls)
        return True

    def _collect_soon(self, updates: dict[str, str], calls: list[str]) -> bool:
        """Returns whether code of the app has run."""
        writer, render = self._writer, self._app.render_tag
        known = render is writer

        def visit(tag: Any) -> bool:
            asked = False
            with tag._GTag__lock:
                if tag.__dict__.get(DIRTY):
                    writer.asked = not known
                    updates[tag.id] = render(tag)
                    asked = writer.asked
                if tag._GTag__js_calls:
                    calls.extend(tag._consume_js_calls())
            return asked

        assert self._tree is not None
        return self._tree.collect(visit)

    def _new_statics(self, asked: bool) -> list[str]:
        app = self._app
        found: list[str] = []
        if self._tree is None:
            Steady(app.collect_statics)(app, found)
        else:
            tags = self._tree.with_statics(changed=asked)
            if tags:
                found += dict.fromkeys(map(str, self._statics(tags)))
        if not found:
            return found
        new = [text for text in found if text not in app.sent_statics]
        app.sent_statics.update(new)
        return new

    def _statics(self, tags: list[Any]) -> Iterator[Any]:
        """Each once, in htag's order, without titles."""
        seen: set[int] = set()
        for tag in tags:
            own, common = getattr(tag, "statics", ()), getattr(type(tag), "statics", ())
            if not own and own is common:
                continue
            for several in (common,) if own is common else (common, own):
                for one in several if isinstance(several, (list, tuple)) else (several,):
                    if id(one) in seen:
                        continue
                    if not isinstance(one, self._tag_class) or one.tag != "title":
                        seen.add(id(one))
                        yield one
