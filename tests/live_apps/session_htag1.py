from htag import Tag


class App(Tag.body):
    def init(self):
        self <= Tag.button("more", _class="more", _onclick=self.bind.more())

    def more(self):
        self.session.setdefault("clicks", []).append("from the app")
