"""An app for either htag. The other files serve it: python example/runners/app_server.py [PORT]"""

import htag
from htag import Tag


class App(Tag.App if hasattr(htag, "State") else Tag.body):
    imports = ()

    def init(self):
        self.count = 0
        self.button = Tag.button("click me", _class="more", _onclick=self.clicked)
        self += self.button

    def clicked(self, origin):
        self.count += 1
        self.button.clear(f"{self.count} clicks")
