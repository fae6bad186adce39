"""The notebook: one session for routes and apps."""


def login(server):
    """A route that says who the visitor is, and one that shows the session."""

    @server.text_get("/login", 0)
    def name(req, args):
        req.session["user"] = "Ann"
        return "welcome"

    @server.json_get("/notes", 0)
    def notes(req, args):
        return len(req.session.get("notes", []))


def test_an_app_reads_what_a_route_wrote(sample):
    """The name from the route is in the page."""
    notebook = sample("notebook", login)
    visitor = notebook.visitor()
    assert visitor.get("/login").status == 200
    assert notebook.page(visitor).find(".who").text == "Ann"


def test_a_route_reads_what_an_app_wrote(sample):
    """Also a list that was changed in place, and more than ten kilobytes."""
    notebook = sample("notebook", login)
    visitor = notebook.visitor()
    page = notebook.page(visitor)
    page.click("button", "add")
    page.click("button", "much")
    assert page.find(".notes").text == "2 notes, 20010 letters"
    assert visitor.get("/notes").json() == 2


def test_strangers_share_nothing(sample):
    """Each has a session of its own."""
    notebook = sample("notebook", login)
    notebook.page().click("button", "add")
    assert notebook.page().find(".notes").text.startswith("0 notes")
