"""Which ``States`` are an instance's own, what is written of them, and what they get back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

try:
    from htag import State, States, Tag
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

SHARED = States(color="red")


class Editor(Tag.div):
    """A part with a state of its own."""

    def init(self) -> None:
        self.words = States(draft="", size=12)
        self += Tag.i(lambda: self.words.draft)


class App(Tag.App):
    """All kinds of places for states."""

    of_the_class = States(all=0)

    def init(self) -> None:
        self.form = States(name="Ann", items=[1], rate=0)
        self.same = self.form
        self.shared = SHARED
        self.single = State(5)
        self.editor = Editor()
        self += Tag.b(f"built for {self.form.name}, {len(self.form.items)} items")
        self += [self.editor, Tag.button("later", _onclick=self.later)]

    def later(self, event: Any) -> None:
        self.late = States(page=1)
        self.seen = self.late.page.value


def kept(host: Any, app: Any = App, change: Callable[[Any], Any] = str) -> Any:
    """What an instance keeps after ``change(app)``, as the store has it."""
    one = host(app, kept={})
    one.session.call(change, one.instance._app)
    return json.loads(json.dumps(one.instance.states()))


def test_own_states_are_found_once(host: Any) -> None:
    """Those of the app and of its parts; not what all share, nor a single ``State``."""
    assert kept(host) == {
        "form": {"name": ["str", "Ann"], "items": ["list", [1]], "rate": ["number", 0]},
        "editor.words": {"draft": ["str", ""], "size": ["number", 12]},
    }


def test_nothing_is_kept_unasked(host: Any) -> None:
    """Without ``persist``."""
    assert host(App).instance.states() == {}


def test_values_are_there_in_the_next_line(host: Any) -> None:
    """What ``init`` builds from them is built from what was kept."""
    found = kept(host, change=lambda app: app.form.load({"name": "Bob", "items": [1, 2, 3]}))
    page = host(App, kept=found).page().html
    assert "built for Bob, 3 items" in page


def test_parts_get_theirs_before_the_first_page(host: Any) -> None:
    """What reads them while it is rendered shows them."""
    found = kept(host, change=lambda app: app.editor.words.draft.set("Once upon"))
    assert "Once upon" in host(App, kept=found).page().html


def test_two_instances_stay_apart(host: Any) -> None:
    """What one gets, another has not; what all share stays as it is."""
    found = kept(host, change=lambda app: app.form.load({"name": "Bob"}))
    found["shared"] = {"color": ["str", "blue"]}
    found["of_the_class"] = {"all": ["number", 7]}
    one, other = host(App, kept=found), host(App, kept={})
    names = [app.instance._app.form.name.value for app in (one, other)]
    assert (names, SHARED.color.value, App.of_the_class.all.value) == (["Bob", "Ann"], "red", 0)


def test_an_app_that_has_changed(host: Any) -> None:
    """States that are gone are left out, those of another kind begin anew, which is told."""
    found = kept(host)
    found["form"] |= {"gone": ["str", "x"], "items": ["dict", {"a": 1}], "rate": ["number", 0.5]}
    one = host(App, kept=found)
    assert one.instance._app.form.dump() == {"name": "Ann", "items": [1], "rate": 0.5}
    assert [text for text, _ in one.errors] == [
        "form.items was kept as dict and begins anew as list"
    ]


def test_a_kind_is_that_of_the_declaration(host: Any) -> None:
    """An app may put what it likes into a state, and gets it back."""
    found = kept(host, change=lambda app: app.form.load({"name": {"first": "Bob"}}))
    assert host(App, kept=found).instance._app.form.name.value == {"first": "Bob"}


def test_states_that_come_later(host: Any) -> None:
    """They get their values when they come, once, and lose nothing until then."""
    found = {**kept(host), "late": {"page": ["number", 9]}}
    one = host(App, kept=found)
    assert one.instance.states()["late"] == found["late"]
    app = one.instance._app
    for page in (9, 1):  # the second are new ones of the app's own will
        one.receive({"id": app.childs[-1].id, "event": "click", "data": {}})
        assert app.seen == page
    assert one.instance.states()["late"] == {"page": ("number", 1)}


def test_states_of_a_plain_thread_are_nobodys(host: Any) -> None:
    """It cannot be told whose code it runs, so it is safe to leave them alone."""

    def change(app: Any) -> None:
        thread = threading.Thread(target=lambda: setattr(app, "made", States(x=1)))
        thread.start()
        thread.join(10)

    assert "made" not in kept(host, change=change)


def test_a_part_that_is_replaced(host: Any) -> None:
    """The new one is another, with values of its own."""
    found = kept(host, change=lambda app: app.editor.words.draft.set("old"))
    one = host(App, kept=found)

    def replace(app: Any) -> None:
        app.editor = Editor()

    one.session.call(one.instance._own_context.copy().run, replace, one.instance._app)
    assert one.instance.states()["editor.words"]["draft"] == ("str", "")


def test_apps_that_keep_nothing_are_left_alone(host: Any) -> None:
    """Attributes of theirs are set as htag sets them, by no function of ours."""

    class Plain(App):
        """Nobody keeps it."""

    class Kept(App):
        """Somebody does."""

    host(Plain)
    kept(host, Kept)
    assert "__setattr__" not in vars(Plain)
    assert "__setattr__" in vars(Kept)
