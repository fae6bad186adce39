"""Files from a page to its app: each is read when it has arrived, and counted.

python example/upload_app/main.py [PORT]
"""

import sys

import htag
from htag import Tag

from quick_htag import create_server, gui, msg

Base = Tag.App if hasattr(htag, "State") else Tag.body  # htag 2, htag 1


class Counter(Base):
    imports = ()

    def init(self):
        self.field = gui.UploadField(
            self.received,
            label="Drop text files here, or choose some",
            accept=".txt, .csv, .py, text/*",
            max_size=2 * 1024**3,
        )
        self.files = Tag.ul()
        self += Tag.h1("How many lines?")
        self += self.field.tag
        self += self.files

    def received(self, upload):  # an open file: in memory, or on disk when it is large
        if b"\0" in upload.read(1024):
            gui.notify(self, f"{upload.filename} is no text", "warning")
            return
        upload.seek(0)
        lines = sum(1 for _ in upload)
        self.files += Tag.li(gui.text(f"{upload.filename}: {lines} lines, {upload.sha256[:8]}"))


if __name__ == "__main__":
    with create_server(("", int([*sys.argv, 8080][1]))) as server:
        server.max_file_size = 2 * 1024**3  # bytes; what a field may take at most
        server.bind_htag("/", Counter)
        msg("open {0}", server.url)
        server.serve_forever()
