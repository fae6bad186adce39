"""An app for processes of their own: it tells where it runs, and does what one can do wrong."""

import os

from htag import Tag

from quick_htag import check, download, gui, msg


def work(payload):
    check()
    return payload * 2


class App(Tag.div):
    imports = []

    def init(self):
        self.count = 0
        self.shown = Tag.span("0", _class="count")
        self += Tag.span(f"pid={os.getpid()}", _class="pid")
        for name in ("more", "die", "spin", "bomb", "note", "leave", "save", "job", "tell"):
            self += Tag.button(name, _class=name, _onclick=getattr(self.bind, name)())
        gui.subscribe("news", self.heard)
        self.field = gui.UploadField(self.took)
        self.bar = gui.JobBar(self.worked)
        for part in (self.shown, self.field.tag, self.bar.tag):
            self += part

    def more(self):
        self.count += 1
        self.shown.clear(str(self.count))

    def die(self):
        os._exit(3)

    def spin(self):
        while True:
            pass

    def bomb(self):
        kept = []
        while True:
            kept.append(bytearray(16 * 1024 * 1024))

    def note(self):
        self.session["notes"] = [*self.session.get("notes", []), self.count]
        self.shown.clear(f"notes={self.session['notes']}")

    def leave(self):
        self.exit()

    def save(self):
        msg("something is saved")
        download(self, (b"x" * 100_000 for _ in range(10)), "much.bin")

    def job(self):
        self.bar.start(work, 21)

    def tell(self):
        gui.publish("news", f"of {os.getpid()}")

    def heard(self, news):
        self.shown.clear(f"heard={news}")

    def worked(self, result):
        self.shown.clear(f"result={result}")

    def took(self, upload):
        self.shown.clear(f"took={upload.filename} {upload.size} {upload.sha256}")
