"""Downloads: an app gives its visitor files to save; nothing of them is kept.

python example/download/main.py [PORT]
"""

import csv
import io
import pathlib
import sys

import htag
from htag import Tag

from quick_htag import create_server, download, msg

Base = Tag.App if hasattr(htag, "State") else Tag.body  # htag 2, htag 1


class Report(Base):
    imports = ()

    def init(self):
        self.name = Tag.input(_value="report", _onchange=self.renamed)
        self.filename = "report"
        self += self.name
        for label, handler in (
            ("table", self.table),
            ("a million rows", self.rows),
            ("this program", self.program),
        ):
            self += Tag.button(label, _class=label.split()[-1], _onclick=handler)

    def renamed(self, origin):
        self.filename = getattr(origin, "value", None) or self.filename

    def table(self, *_):
        text = io.StringIO()
        csv.writer(text).writerows([("city", "people"), ("Wien", 2028289), ("Graz", 305314)])
        download(self, text.getvalue(), f"{self.filename}.csv")

    def rows(self, *_):
        def numbers():  # runs while it is sent: no more than a piece is in memory
            for start in range(0, 1_000_000, 1000):
                yield "".join(f"{number};{number**2}\n" for number in range(start, start + 1000))

        download(self, numbers(), f"{self.filename}.csv")

    def program(self, *_):
        download(self, pathlib.Path(__file__))


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        server.bind_htag("/", Report)
        msg("open {0}", server.url)
        server.serve_forever()
