"""A small document: enough of HTML to look at what an app has rendered, and to change it.

It trusts its input to be well-formed, as rendered by htag: an end tag that is left out where HTML
allows it is taken for a nested element.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from typing import Final

from .selectors import matcher

# HTML Living Standard, section 13.1.2
VOID: Final = frozenset(("area", "base", "br", "col", "embed", "hr", "img")).union(
    ("input", "link", "meta", "param", "source", "track", "wbr")
)
_UNSEEN: Final = frozenset(("head", "script", "style", "template", "title"))
_RAW: Final = frozenset(("script", "style"))


class Element:
    """An element.

    Attributes:
        tag: its name, in lower case.
        attributes: by name; one without a value has "".
        children: elements and texts.
        parent: the element around it; None: it is not in a document (any more).
        value: what a form control holds, or None; typing changes it, and a new rendering.
        checked: of a checkbox or radio button.

    """

    def __init__(self, tag: str, attributes: dict[str, str] | None = None) -> None:
        self.tag = tag
        self.attributes = {} if attributes is None else attributes
        self.children: list[Element | str] = []
        self.parent: Element | None = None
        self.checked = "checked" in self.attributes
        self._typed: str | None = None

    def __repr__(self) -> str:
        return f"<Element {self.opening()}>"

    # -- looking -----------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str, default: str | None = None) -> str | None:
        """An attribute; ``default`` when there is none."""
        return self.attributes.get(name, default)

    @property
    def text(self) -> str:
        """What a reader sees: its text and that of all elements in it, spaces made one."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        if self.tag in _UNSEEN:
            return
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    @property
    def value(self) -> str | None:
        if self._typed is not None:
            return self._typed
        if self.tag == "textarea":
            return "".join(child for child in self.children if isinstance(child, str))
        if self.tag == "select":
            return self._selected()
        if self.tag == "input" and self.get("type") in ("checkbox", "radio"):
            return self.get("value", "on")
        return self.get("value", "" if self.tag in ("input", "button") else None)

    @value.setter
    def value(self, text: str) -> None:
        self._typed = text

    def _selected(self) -> str:
        options = [one for one in self.descendants() if one.tag == "option"]
        chosen = [one for one in options if "selected" in one.attributes] or options[:1]
        return (chosen[-1].get("value") or chosen[-1].text) if chosen else ""

    def descendants(self) -> Iterator[Element]:
        """Every element in it, in the order of the document."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.descendants()

    def ancestors(self) -> Iterator[Element]:
        """Every element around it, the nearest first."""
        if self.parent is not None:
            yield self.parent
            yield from self.parent.ancestors()

    def select(self, selector: str) -> list[Element]:
        """The elements in it that a CSS selector selects; see ``selectors`` for which there are.

        Raises:
            ValueError: the selector is not understood.

        """
        matches = matcher(selector)
        return [one for one in self.descendants() if matches(one)]

    def opening(self) -> str:
        """Its start tag."""
        fields = [f' {name}="{escape(value)}"' for name, value in self.attributes.items()]
        return f"<{self.tag}{''.join(fields)}>"

    @property
    def html(self) -> str:
        """It and what is in it, as HTML."""
        if self.tag in VOID:
            return self.opening()
        raw = self.tag in _RAW
        inner = (
            child.html if isinstance(child, Element) else child if raw else escape(child, False)
            for child in self.children
        )
        return f"{self.opening()}{''.join(inner)}</{self.tag}>"

    # -- changing ----------------------------------------------------------------------------------

    def append(self, child: Element | str) -> None:
        """Add a child at the end."""
        if isinstance(child, Element):
            child.parent = self
        self.children.append(child)

    def replace(self, others: list[Element | str]) -> None:
        """Put something else in its place.

        Raises:
            ValueError: it is in no document.

        """
        if self.parent is None:
            raise ValueError(f"{self!r} is in no document")
        siblings = self.parent.children
        index = next(index for index, child in enumerate(siblings) if child is self)
        siblings[index : index + 1] = others
        for other in others:
            if isinstance(other, Element):
                other.parent = self.parent
        self.parent = None


class Document(Element):
    """A page.

    Args:
        html: its text.

    """

    def __init__(self, html: str) -> None:
        super().__init__("#document")
        for child in parse(html):
            self.append(child)

    @property
    def body(self) -> Element:
        """What is seen; the document itself when it has no <body>."""
        return next((one for one in self.descendants() if one.tag == "body"), self)

    def by_id(self, element_id: str) -> Element | None:
        """The element with this id."""
        return next((one for one in self.descendants() if one.get("id") == element_id), None)


def parse(html: str) -> list[Element | str]:
    """Elements and texts of a piece of HTML."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    for child in builder.root.children:
        if isinstance(child, Element):
            child.parent = None
    return builder.root.children


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#fragment")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # the slash means nothing in HTML

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].append(data)
