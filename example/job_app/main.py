"""A job of an app: counts words in the sources of Python, with a bar and a button to cancel it.

python example/job_app/main.py [PORT]
"""

import collections
import pathlib
import re
import sys
import sysconfig

import htag
from htag import Tag

from quick_htag import create_server, gui, msg, progress

Base = Tag.App if hasattr(htag, "State") else Tag.body  # htag 2, htag 1
FOLDER = pathlib.Path(sysconfig.get_path("stdlib"))


def count_words(payload):  # runs as a job: on a thread, or where server.executor says
    found = collections.Counter()
    files = sorted(FOLDER.glob("*.py"))[: payload["files"]]
    for number, path in enumerate(files):
        progress(number / len(files), path.name)  # ends here when the job was cancelled
        found.update(re.findall(r"[a-z]{4,}", path.read_text("utf-8", "replace").lower()))
    return found.most_common(5)


class Words(Base):
    imports = ()

    def init(self):
        self.bar = gui.JobBar(self.counted, on_failed=self.failed, label="Counting words")
        self.words = Tag.ol()
        self += Tag.h1("Which words are in the library of Python?")
        self += Tag.button("count", _class="count", _onclick=self.count)
        self += self.bar.tag
        self += self.words

    def count(self, *_):
        self.words.clear()
        if not self.bar.start(count_words, {"files": 10_000}):
            gui.notify(self, "It is still counting", "warning")

    def counted(self, result):
        self.words.clear([Tag.li(gui.text(f"{word}: {count}")) for word, count in result])

    def failed(self, text):
        gui.notify(self, text, "error")


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        server.bind_htag("/", Words)
        msg("open {0}", server.url)
        server.serve_forever()
