"""An app in several workers, in the file of the program itself."""

import os
import sys

import htag
from htag import Tag

from quick_htag import Settings, create_server


class App(Tag.App if hasattr(htag, "State") else Tag.body):
    """Counts clicks and tells its process."""

    imports = ()

    def init(self):
        self.clicks = 0
        self.count = Tag.b("0", _class="count")
        self += Tag.button("more", _class="more", _onclick=self.more)
        self += [self.count, Tag.i(str(os.getpid()), _class="process")]

    def more(self, event=None):
        """One more."""
        self.clicks += 1
        self.count.clear(str(self.clicks))


if __name__ == "__main__":
    with create_server(
        ("", 0), settings=Settings(restart_grace=0.2), workers=int(sys.argv[1])
    ) as server:
        server.suppress_noise = True
        server.bind_htag("/", App)

        @server.json_get("/who", 0)
        def who(req, args):
            """Who answers."""
            return {"pid": os.getpid(), "worker": server.worker}

        server.serve_forever()
