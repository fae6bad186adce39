import threading

from htag import Tag

from quick_htag import download


class App(Tag.div):
    """Gives files to save: text, bytes, a file, a generator, from a handler and from a thread."""

    imports = ()
    path = None  # of the file; a pathlib.Path

    def init(self):
        self.closed = threading.Event()
        self += Tag.button("text", _onclick=self.bind.text())
        self += Tag.button("bytes", _onclick=self.bind.data())
        self += Tag.button("file", _onclick=self.bind.file())
        self += Tag.button("rows", _onclick=self.bind.rows())
        self += Tag.button("thread", _onclick=self.bind.thread())
        self += Tag.button("wrong", _onclick=self.bind.wrong())

    def text(self):
        download(self, "a;b\n1;ü\n", "Übersicht 1.csv")

    def data(self):
        download(self, b"0123456789", "../../ten.bin", content_type="application/x-ten")

    def file(self):
        download(self, self.path)

    def rows(self):
        download(self, self.numbers(), "rows.txt")

    def numbers(self):
        try:
            for number in range(1000):
                yield f"{number}\n"
        finally:
            self.closed.set()

    def thread(self):
        thread = threading.Thread(target=download, args=(self, "later", "later.txt"))
        thread.start()
        thread.join()

    def wrong(self):
        download(self, {"a": 1}, "wrong.json")
