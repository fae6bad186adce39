from htag import Router, Tag

MOUNTED = []


class Home(Tag.div):
    def init(self):
        self <= Tag.b("home", _class="shown")


class User(Tag.div):
    def init(self, name=""):
        self <= Tag.b(f"user {name}", _class="shown")

    def on_mount(self):
        MOUNTED.append(self)

    def on_unmount(self):
        MOUNTED.remove(self)


class App(Tag.App):
    """A site of several pages behind hashes."""

    def init(self):
        self.router = Router()
        self.router.add_route("/", Home)
        self.router.add_route("/user/:name", User)
        self <= Tag.button("go", _onclick=lambda event: self.router.navigate("/user/zoe"))
        self <= self.router
