"""Dialogs and notices: a list whose entries are named, and deleted when one is sure.

python example/dialogs/main.py [PORT]
"""

import sys

import htag
from htag import Tag

from quick_htag import create_server, gui, msg

Base = Tag.App if hasattr(htag, "State") else Tag.body  # htag 2, htag 1


class Shopping(Base):
    imports = ()

    def init(self):
        self.names = ["milk", "bread"]
        self.shown = Tag.ul()
        self += self.shown
        self += Tag.button("add", _class="add", _onclick=self.add_one)
        self += Tag.button("clear", _class="clear", _onclick=self.ask_to_clear)
        self.draw()

    def draw(self):
        self.shown.clear([Tag.li(gui.text(name)) for name in self.names])

    async def add_one(self, *_):  # waits for the answer, others go on
        name = await gui.prompt(self, "What do you need?", title="Add", yes="Add it")
        if name:
            self.names.append(name)
            self.draw()
            gui.notify(self, f"{name} is on the list", "success")

    def ask_to_clear(self, *_):  # leaves the answer to another handler
        question = f"Forget all {len(self.names)} of them?"
        gui.confirm(self, question, self.clear_all, yes="Forget them", danger=True)

    def clear_all(self, sure):
        if sure:
            self.names = []
            self.draw()
        else:
            gui.notify(self, "Nothing was changed")


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        server.bind_htag("/", Shopping)
        msg("open {0}", server.url)
        server.serve_forever()
