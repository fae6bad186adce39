"""An app that shows how much of an upload the server has, in a real browser."""

import pytest

from quick_htag import follow_upload

htag = pytest.importorskip("htag", exc_type=ImportError)
Base = htag.Tag.App if hasattr(htag, "State") else htag.Tag.body
SEND = """async (name) => {
    const form = new FormData();
    form.append("file", new Blob([new Uint8Array(5_000_000)]), "zeros");
    return (await fetch(`/files?upload=${name}`, {method: "POST", body: form})).json();
}"""

pytestmark = pytest.mark.browser


class Uploading(Base):
    """Shows the name of the next upload, and how far that is."""

    imports = ()

    def init(self):
        self.seen = []
        self.name = htag.Tag.b("", _class="name")
        self.label = htag.Tag.i("nothing", _class="label")
        self += [self.name, self.label, htag.Tag.button("follow", _onclick=self.follow)]

    def follow(self, *_):
        self.name.clear(follow_upload(self.label, self.moved))

    def moved(self, progress):
        self.seen.append(progress.received)
        self.label.clear(f"{progress.state} {progress.total > 5_000_000}")


def test_the_app_shows_it(chromium, start_server):
    """The visitor sends a file, and his page shows that the server has it."""
    apps = []

    def setup(server):
        server.bind_htag("/app", Uploading, on_instance=apps.append)
        server.json_post("/files", 0)(lambda req, args: args["files"]["file"].size)

    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{start_server(setup).url}app")
    page.click("button")
    page.wait_for_function("() => document.querySelector('.name').textContent.length > 15")
    assert page.evaluate(SEND, page.text_content(".name")) == 5_000_000
    page.locator(".label", has_text="received True").wait_for()
    assert apps[0].seen == sorted(apps[0].seen)
    context.close()
