import threading

from htag import Tag

from quick_htag import download


class App(Tag.App):
    """Gives files to save: text, bytes, a file, a generator, from a handler and from a thread."""

    path = None  # of the file; a pathlib.Path

    def init(self):
        self.closed = threading.Event()
        self <= Tag.button("text", _onclick=self.text)
        self <= Tag.button("bytes", _onclick=self.data)
        self <= Tag.button("file", _onclick=self.file)
        self <= Tag.button("rows", _onclick=self.rows)
        self <= Tag.button("thread", _onclick=self.thread)
        self <= Tag.button("wrong", _onclick=self.wrong)

    def text(self, event):
        download(self, "a;b\n1;ü\n", "Übersicht 1.csv")

    def data(self, event):
        download(self, b"0123456789", "../../ten.bin", content_type="application/x-ten")

    def file(self, event):
        download(self, self.path)

    def rows(self, event):
        download(self, self.numbers(), "rows.txt")

    def numbers(self):
        try:
            for number in range(1000):
                yield f"{number}\n"
        finally:
            self.closed.set()

    def thread(self, event):
        thread = threading.Thread(target=download, args=(self, "later", "later.txt"))
        thread.start()
        thread.join()

    def wrong(self, event):
        download(self, {"a": 1}, "wrong.json")
