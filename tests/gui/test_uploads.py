"""Files from the page: what an app gets, what is shown, and what is refused."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag import ConfigurationError, GuiError, Settings, UploadProgress, gui
from quick_htag.settings import MIB
from quick_htag.testing import GuiPage

LIMIT = 20.0  # seconds
FIELD = "quick-htag-upload"


def field(on_upload: Callable[[Any, Any], Any], **options: Any) -> Callable[[Any], list[Any]]:
    """Makes an app with a field; ``on_upload`` gets the app and the upload."""

    def parts(app: Any) -> list[Any]:
        app.field = gui.UploadField(lambda upload: on_upload(app, upload), **options)
        return [app.field.tag]

    return parts


def tell(app: Any, upload: Any) -> None:
    """Show what has come."""
    app.show(f"{upload.filename} {upload.content_type} {upload.size} {upload.read().decode()}")


def test_an_app_gets_a_file(serve: Callable[..., Any]) -> None:
    """Open, with a name that is safe and one that is not."""
    names: list[str] = []

    def keep(app: Any, upload: Any) -> None:
        names.append(upload.raw_filename)
        tell(app, upload)

    with serve(parts=field(keep)).page() as page:
        page.upload(FIELD, ("../notes.txt", b"hello", "text/plain"))
        page.wait_for("notes.txt text/plain 5 hello", "p", LIMIT)
        assert names == ["../notes.txt"]


def test_a_large_file_is_not_in_memory(serve: Callable[..., Any]) -> None:
    """It is in a temporary file, which is there as long as the app wants it."""
    kept: list[Any] = []

    def keep(app: Any, upload: Any) -> None:
        kept.append(upload)
        app.show("kept")

    with serve(parts=field(keep)).page() as page:
        page.upload(FIELD, ("large", bytes(3 * MIB)))
        page.wait_for("kept", "p", LIMIT)
        assert (kept[0].size, len(kept[0].read())) == (3 * MIB, 3 * MIB)


def test_handlers_may_be_of_any_kind(serve: Callable[..., Any]) -> None:
    """A generator shows its steps; the page that has sent it is the one that is told."""

    def steps(app: Any, upload: Any) -> Iterator[None]:
        app.show("reading")
        yield
        gui.notify(app, "read")
        app.show("done")

    site = serve(parts=field(steps))
    with site.page() as other, site.page() as page:
        page.upload(FIELD, b"x")
        page.wait_for("done", "p", LIMIT)
        assert [one.text for one in page.notices] == ["read"]
        other.wait_for("done", "p", LIMIT)
        assert other.notices == []


def test_several_come_in_order(serve: Callable[..., Any]) -> None:
    """Each by itself."""
    names: list[str] = []
    ready = threading.Event()

    def keep(app: Any, upload: Any) -> None:
        names.append(upload.filename)
        if len(names) == 3:
            ready.set()

    with serve(parts=field(keep)).page() as page:
        page.upload(FIELD, ("a", b"1"), ("b", b"2"), ("c", b"3"))
        assert ready.wait(LIMIT)
        assert names == ["a", "b", "c"]


def test_progress_as_the_server_sees_it(serve: Callable[..., Any]) -> None:
    """The app may follow it, for its own bar; the last that is told is the end."""
    told: list[Any] = []
    over = threading.Event()

    def follow(name: str, progress: Any) -> None:
        told.append((name, progress.state))
        if progress.over:
            over.set()

    site = serve(parts=field(tell, on_progress=follow))
    with site.page() as page:
        assert page.find(FIELD).get("data-follow") == "yes"
        key, name = page.find(FIELD).get("data-key"), "abcdefghijklmnopqrst"
        page.send({"helper": {"upload": [key, "short", "x.txt"]}})
        page.send({"helper": {"upload": [key, name, "x.txt"]}})
        for state in ("receiving", "received"):
            site.server.app.uploads.tell(name, UploadProgress(5, 5, state))
        assert over.wait(LIMIT)
        assert told[-1] == ("x.txt", "received")
        assert len(site.server.app.uploads) == 0


def _raw(page: GuiPage, query: str, **headers: str) -> Any:
    """A POST of a small file as the page would send it."""
    client = page._client
    fields = {**client.own_origin(), **headers}
    path = f"/send-file?page={page._config['page']}&{query}"
    return client.post(path, fields, files={"file": ("x", b"12345")})


def test_what_the_element_is_told(serve: Callable[..., Any]) -> None:
    """Everything the page needs is in its attributes."""
    options = {"label": "Your <files>", "multiple": False, "accept": ".csv", "max_size": 10}
    with serve(parts=field(tell, words={"cancel": "Abbrechen"}, **options)).page() as page:
        found = page.find(FIELD)
        names = ("label", "multiple", "accept", "limit", "follow")
        shown = [found.get(f"data-{name}") for name in names]
        assert shown == ["Your <files>", None, ".csv", "10", None]
        assert json.loads(found.get("data-words") or "")["cancel"] == "Abbrechen"
        assert page._config["largest"] == 50 * MIB
        with pytest.raises(AssertionError, match="takes one file"):
            page.upload(FIELD, b"1", b"2")


def test_it_can_be_switched_off(serve: Callable[..., Any]) -> None:
    """And on again; it is the same field."""

    def switch(app: Any) -> None:
        app.field.enabled = not app.field.enabled

    with serve(switch, parts=field(tell)).page() as page:
        page.click("button")
        with pytest.raises(AssertionError, match="is disabled"):
            page.upload(FIELD, b"x")
        page.click("button")
        page.upload(FIELD, ("x", b"again"))
        page.wait_for("again", "p", LIMIT)


def test_who_may_send(serve: Callable[..., Any]) -> None:
    """The page of this visitor, to a field of its app; nobody else, and nothing else."""
    site = serve(parts=field(tell, max_size=4))
    with site.page() as page:
        key = page.find(FIELD).get("data-key")
        assert _raw(page, f"field={key}", origin="http://evil.example").status == 403
        assert _raw(page, f"field={key}").status == 413
        assert _raw(page, "field=other").status == 404
        site.app.field.max_size = None
        path = f"/send-file?page={page._config['page']}&field={key}"
        assert site.client.post(path, site.client.own_origin(), data=b"x").status == 400
        cookies = dict(site.client.cookies)
        site.client.cookies.clear()
        assert _raw(page, f"field={key}").status == 404
        site.client.cookies.update(cookies)
        assert _raw(page, f"field={key}").status == 204
        site.app.field = None
        site.server.guis.clear()
        assert _raw(page, f"field={key}").status == 404


def test_the_server_has_the_last_word_on_sizes(serve: Callable[..., Any]) -> None:
    """``max_file_size`` holds for every field, and may be more than for other bodies."""
    site = serve(parts=field(tell), settings=Settings(max_body_size=2 * MIB))
    site.server.max_file_size = 4 * MIB
    with site.page() as page:
        page.upload(FIELD, ("x", bytes(3 * MIB)))
        page.wait_for("x", "p", LIMIT)
        with pytest.raises(AssertionError, match="413"):
            page.upload(FIELD, ("x", bytes(4 * MIB + 1)))


def test_a_field_that_has_gone_takes_nothing(serve: Callable[..., Any]) -> None:
    """The app keeps neither the tag nor the field."""

    def drop(app: Any) -> None:
        app.field.tag.remove()
        app.field = None

    with serve(drop, parts=field(lambda *_: None)).page() as page:
        key = page.find(FIELD).get("data-key")
        page.click("button")
        gc.collect()
        assert _raw(page, f"field={key}").status == 404


def test_what_cannot_be_is_said(serve: Callable[..., Any]) -> None:
    """A size, words, and code that belongs to no app."""
    with serve().page():
        with pytest.raises(ConfigurationError, match="max_size"):
            gui.UploadField(print, max_size=0)
        with pytest.raises(ConfigurationError, match="colour: words are choose"):
            gui.UploadField(print, words={"colour": "red"})
        with pytest.raises(GuiError, match="an UploadField is made by code of an app"):
            gui.UploadField(print)
