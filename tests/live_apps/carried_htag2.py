"""An app that notes what was done, for pages that live longer than it."""

from gate import GATE
from htag import Tag

DONE = []  # of all apps of this process, in order
NAMES = ["a", "b", "c"]


class Row(Tag.li):
    def init(self, name):
        self <= Tag.span(name)
        self <= Tag.button("delete", _class="delete", _onclick=self.delete)
        self.name = name

    def delete(self, event):
        DONE.append(f"delete {self.name}")


class App(Tag.App):
    def init(self):
        self.words = ""
        self.count = Tag.span("0", _class="count")
        self <= Tag.button("more", _class="more", _onclick=self.more)
        self <= Tag.button("block", _class="block", _onclick=self.block)
        self <= Tag.input(_class="live", _oninput=self.typed)
        self <= Tag.input(_class="settled", _onchange=self.settle)
        self <= Tag.textarea(_class="silent")
        self <= Tag.select([Tag.option("red"), Tag.option("blue")], _class="colour")
        self <= Tag.input(_class="agree", _type="checkbox")
        self <= Tag.input(_class="secret", _type="password")
        self <= Tag.button("save", _class="save", _onclick=self.save)
        self <= self.count
        self <= Tag.ul([Row(name) for name in NAMES])

    def more(self, event):
        DONE.append("more")
        self.count.text = str(DONE.count("more"))

    def typed(self, event):
        self.words = event.value

    def settle(self, event):
        DONE.append(f"settled {event.value}")

    def save(self, event):
        DONE.append(f"save {self.words}")

    def block(self, event):
        DONE.append("block")
        GATE.wait()
