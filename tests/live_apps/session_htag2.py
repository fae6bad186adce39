from htag import Tag


class App(Tag.App):
    def init(self):
        self <= Tag.button("more", _class="more", _onclick=self.more)

    def more(self, event):
        self.request.session.setdefault("clicks", []).append("from the app")
