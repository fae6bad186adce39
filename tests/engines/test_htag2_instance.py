"""htag 2 apps, driven as a page would."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
from typing import Any

import pytest

from quick_htag.engines import htag2_instance
from quick_htag.errors import AppFailed

try:
    from htag import Router, State, Tag
    from htag.runner import AppRunner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert AppRunner
EVENT = re.compile(r"htag_event\('([^']+)', '(\w+)'")


def events(text: str) -> list[dict[str, Any]]:
    """The events the handlers in the body of a page would send, in order."""
    body = text[text.find("<body") :] if "<body" in text else text
    return [event_of(found[0], found[1]) for found in EVENT.findall(body)]


def event_of(tag_id: str, name: str, **data: Any) -> dict[str, Any]:
    """The message of a page for an event."""
    return {"id": tag_id, "event": name, "data": {"callback_id": "c1", **data}}


def root(app: Any) -> Any:
    """The htag app of an instance."""
    return app.instance._app


class Counter(Tag.App):
    """A button and a number."""

    def init(self) -> None:
        self.count = 0
        self.label = Tag.b("0")
        self += [Tag.button("+", _onclick=self.add_one), self.label]

    def add_one(self, event: Any) -> int:
        self.count += 1
        self.label.text = self.count
        return self.count


def test_a_click_sends_what_it_changed(host: Any) -> None:
    """One click is one payload, with the changed tag and the result."""
    app = host(Counter)
    app.receive(events(app.page().html)[0])
    assert len(app.sent) == 1
    assert ">1</b>" in app.sent[0]["updates"][root(app).label.id]
    assert (app.sent[0]["callback_id"], app.sent[0]["result"]) == ("c1", 1)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_generator_is_driven_to_its_end(host: Any, kind: str) -> None:
    """Each step sends what changed, then the result."""

    class Steps(Tag.App):
        def init(self) -> None:
            self.label = Tag.b("")
            handler = {"sync": self.plain, "async": self.slow}[kind]
            self += [Tag.button("go", _onclick=handler), self.label]

        def plain(self, event: Any) -> Any:
            for step in ("one", "two"):
                self.label.text = step
                yield
            self.label.text = "end"

        async def slow(self, event: Any) -> Any:
            for _ in self.plain(event):
                await asyncio.sleep(0)
                yield

    app = host(Steps)
    app.receive(events(app.page().html)[0])
    assert re.findall(r">(\w*)</b>", app.texts) == ["one", "two", "end"]


def test_an_async_handler_is_awaited(host: Any) -> None:
    """What an async handler changes last is sent with its end."""

    class Slow(Tag.App):
        def init(self) -> None:
            self["onclick"] = self.run

        async def run(self, event: Any) -> str:
            await asyncio.sleep(0)
            self.text = "later"
            return "done"

    app = host(Slow)
    app.receive(events(app.page().html)[0])
    assert "later" in app.texts
    assert app.sent[-1]["result"] == "done"


def test_events_may_overlap(host: Any) -> None:
    """An event that waits lets another one run to its end."""

    class Waits(Tag.App):
        def init(self) -> None:
            self.gate = asyncio.Event()
            self += [Tag.b("w", _onclick=self.wait), Tag.b("o", _onclick=self.open)]

        async def wait(self, event: Any) -> str:
            await self.gate.wait()
            return "waited"

        async def open(self, event: Any) -> str:
            self.gate.set()
            return "opened"

    app = host(Waits)
    wait, opening = events(app.page().html)
    waiting = app.session.start(app.instance.receive(wait))
    app.receive(opening)
    waiting.result(10)
    assert [sent["result"] for sent in app.sent] == ["opened", "waited"]


def test_a_failing_handler_is_told_and_reported(host: Any) -> None:
    """The page gets no detail, the host the exception; the app goes on."""

    class Crash(Counter):
        def add_one(self, event: Any) -> int:
            super().add_one(event)
            raise ValueError("secret")

    app = host(Crash)
    click = events(app.page().html)[0]
    app.receive(click)
    assert (app.sent[0]["action"], app.sent[0]["traceback"]) == ("error", "Internal Server Error")
    assert "secret" not in app.texts
    assert isinstance(app.errors[0][1], ValueError)
    app.receive(click)
    assert len(app.errors) == 2


def test_changes_before_a_failure_are_sent(host: Any) -> None:
    """The page shows what there is in Python, after it was told of the error."""

    class Crash(Counter):
        def add_one(self, event: Any) -> int:
            super().add_one(event)
            raise ValueError

    app = host(Crash)
    app.receive(events(app.page().html)[0])
    assert [sent["action"] for sent in app.sent] == ["error", "update"]
    assert app.sent[1]["updates"]


def test_debug_tells_the_page_the_traceback(host: Any) -> None:
    """In debug mode the page shows what failed."""

    class Crash(Counter):
        def add_one(self, event: Any) -> int:
            return 1 // 0

    app = host(Crash, debug=True)
    app.receive(events(app.page().html)[0])
    assert "ZeroDivisionError" in app.sent[0]["traceback"]


def test_sys_exit_does_not_end_the_session(host: Any) -> None:
    """A handler that calls ``sys.exit`` is reported, and the thread lives on."""

    class Quits(Counter):
        def add_one(self, event: Any) -> int:
            sys.exit(3)

    app = host(Quits)
    app.receive(events(app.page().html)[0])
    assert isinstance(app.errors[0][1], SystemExit)
    assert app.page().html


@pytest.mark.parametrize("result", [{1, 2}, float("nan"), object()])
def test_a_result_that_is_not_json_loses_no_update(host: Any, result: Any) -> None:
    """The page gets the update and null, and the host is told (C10)."""

    class Odd(Counter):
        def add_one(self, event: Any) -> Any:
            super().add_one(event)
            return result

    app = host(Odd)
    app.receive(events(app.page().html)[0])
    assert ">1</b>" in app.texts
    assert app.sent[0]["result"] is None
    assert "is not JSON" in app.errors[0][0]


def test_the_event_cannot_be_spoofed(host: Any) -> None:
    """A page cannot replace the target of an event, nor its class (S21)."""
    seen: list[Any] = []

    class Form(Tag.App):
        def init(self) -> None:
            self.field = Tag.input(_oninput=seen.append)
            self += self.field

    app = host(Form)
    data = {"target": "evil", "__class__": 1, "_x": 2, "value": "Jim", "extra": [1]}
    app.receive(event_of(root(app).field.id, "input", **data))
    assert seen[0].target is root(app).field
    assert (seen[0].value, seen[0].extra, seen[0]._x) == ("Jim", [1], None)
    assert app.errors == []


@pytest.mark.parametrize(
    "message",
    [{}, {"id": 1, "event": "click"}, {"id": "x", "event": "click", "data": {"value": [1]}}],
)
def test_a_message_of_the_wrong_form_is_refused(host: Any, message: Any) -> None:
    """It is counted and reported, and nothing runs."""
    app = host(Counter)
    app.receive(message)
    assert app.instance.reports.refused_count == 1
    assert app.sent == []


def test_a_tag_of_another_instance_is_out_of_reach(host: Any) -> None:
    """An event for a tag of another visitor runs nothing."""
    mine, other = host(Counter), host(Counter)
    mine.receive(events(other.page().html)[0])
    assert root(other).count == root(mine).count == 0
    assert other.sent == []


def test_a_script_error_is_reported(host: Any) -> None:
    """What a page tells of its JavaScript goes to the host's log, not through htag's."""
    app = host(Counter)
    app.receive({"action": "log_error", "error": "boom\x1b"})
    assert app.errors == [("JavaScript error in a page: boom\\x1b", None)]
    assert app.sent == []


def test_typed_values_are_not_logged(host: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A password does not reach the log."""
    caplog.set_level(logging.INFO)
    app = host(Counter)
    app.receive({**events(app.page().html)[0], "data": {"value": "hunter2"}})
    assert app.sent or caplog.records
    assert "hunter2" not in caplog.text


def test_a_second_page_takes_nothing_from_the_first(host: Any) -> None:
    """Changes not sent yet go to the pages there are, before another one is rendered (C7)."""
    app = host(Counter)
    app.page()
    app.connect()
    app.session.call(root(app).add_one, None)
    second = app.page()
    assert ">1</b>" in second.html
    assert ">1</b>" in app.texts


def test_scripts_for_the_first_page_are_not_kept_for_the_second(host: Any) -> None:
    """A JavaScript call that was pending goes to the pages there are, once."""
    app = host(Counter)
    app.page()
    app.connect()
    app.session.call(root(app).call_js, "beep()")
    app.page()
    assert [call for sent in app.sent for call in sent["js"]] == ["beep()"]
    app.connect()
    assert app.texts.count("beep()") == 1


def test_changes_of_mounting_reach_the_other_pages(host: Any) -> None:
    """What ``on_mount`` changes for a new page is sent to the first one too."""

    class Mounts(Tag.App):
        def init(self) -> None:
            self.times = 0

        def on_mount(self) -> None:
            self.times += 1
            self.text = f"mounted {self.times}"

    app = host(Mounts)
    app.page()
    app.connect()
    app.sent.clear()
    assert "mounted 2" in app.page().html
    assert "mounted 2" in app.texts


def test_scripts_of_mounting_wait_for_the_page(host: Any) -> None:
    """A JavaScript call made by ``on_mount`` is sent when the page has connected."""

    class Site(Tag.App):
        def init(self) -> None:
            self.router = Router()
            self += self.router

    app = host(Site)
    for _ in range(2):
        app.sent.clear()
        app.page()
        assert [call for sent in app.sent for call in sent["js"]] == []
        app.connect()
        assert [call for sent in app.sent for call in sent["js"] if "init_route" in call]


def test_asynchronous_mounting_starts_when_a_page_connects(host: Any) -> None:
    """An async ``on_mount`` runs once a page is there to see it."""

    class Mounts(Tag.App):
        async def on_mount(self) -> None:
            self.text = "mounted"

    app = host(Mounts)
    app.page()
    assert "mounted" not in app.texts
    app.connect()
    app.wait(lambda: "mounted" in app.texts)


def test_the_tag_of_the_first_event_is_found_while_another_thread_changes_things(
    host: Any,
) -> None:
    """What is cleared while tags are looked through does not cost the event."""

    class Cleared(list[Any]):
        """Somebody clears the tag around it as soon as it is looked through again."""

        armed = False

        def __iter__(self) -> Any:
            if Cleared.armed:
                Cleared.armed = False
                clearing = threading.Thread(target=box.clear)
                clearing.start()
                clearing.join(10.0)
            return super().__iter__()

    inner, box = Tag.i(), Tag.div(lambda: inner)
    inner.childs = Cleared(["text"])

    class Shows(Counter):
        def init(self) -> None:
            super().init()
            self += box

    app = host(Shows)
    html = app.page().html
    Cleared.armed = True
    app.receive(events(html)[0])
    assert (Cleared.armed, app.errors) == (False, [])
    assert root(app).count == 1


def test_a_thread_that_sets_a_state_pushes(host: Any) -> None:
    """A plain thread needs no loop, and the payload is sent by the session's thread (C9)."""

    class Shows(Tag.App):
        def init(self) -> None:
            self.state = State("old")
            self += Tag.b(lambda: self.state.value)

    app = host(Shows)
    app.page()
    root(app).state.value = "new"  # this thread is not the session's
    app.wait(lambda: "new" in app.texts)
    assert app.send_threads == {app.session.thread.ident}


def test_a_shared_state_pushes_to_every_session(host: Any) -> None:
    """A module-level State set by one session shows in all, each by its own thread (C9)."""
    shared = State("old")

    class Shows(Tag.App):
        def init(self) -> None:
            self += Tag.b(lambda: shared.value, _onclick=self.change)

        def change(self, event: Any) -> None:
            shared.value = "new"

    a, b = host(Shows), host(Shows)
    b.page()
    a.receive(events(a.page().html)[0])
    for app in (a, b):
        app.wait(lambda app=app: "new" in app.texts)
        assert app.send_threads == {app.session.thread.ident}


def test_a_push_renders_with_its_own_request(host: Any) -> None:
    """A push another session caused does not see the request of that session."""
    shared = State("old")

    class Shows(Tag.App):
        def init(self) -> None:
            self += Tag.b(self.show)

        def show(self) -> str:
            return f"{shared.value} {Tag.i().request.target}"  # a tag outside the tree

    a, b = host(Shows, "/a"), host(Shows, "/b")
    for app, target in ((a, "/a"), (b, "/b")):
        app.page(target)
    a.session.call(shared.set, "new")
    b.wait(lambda: "new" in b.texts)
    assert "new /b" in b.texts


def test_a_task_of_the_app_pushes(host: Any) -> None:
    """A task started by ``on_mount`` pushes before any page has connected."""

    class Clock(Tag.App):
        def on_mount(self) -> None:
            self.task = asyncio.create_task(self.tick())

        async def tick(self) -> None:
            self.text = "tick"
            self.update()

    app = host(Clock)
    app.wait(lambda: "tick" in app.texts)


def test_sessions_on_one_loop_do_not_mix(host: Any) -> None:
    """A ``with`` block that awaits takes up nothing of another session (S4)."""
    opened, added = asyncio.Event(), asyncio.Event()

    class Builds(Tag.App):
        def init(self) -> None:
            self["onclick"] = self.build

        async def build(self, event: Any) -> None:
            mine = event.value
            with Tag.section() as section:
                if mine == "B":
                    opened.set()
                await (added if mine == "B" else opened).wait()
                Tag.span(f"only {mine}")
                added.set()
            self += section

    a = host(Builds)
    b = host(Builds, on=a.session)
    runs = []
    for app, value in ((a, "A"), (b, "B")):
        message = event_of(root(app).id, "click", value=value)
        runs.append(a.session.start(app.instance.receive(message)))
    for run in runs:
        run.result(10)
    assert ("only A" in a.texts, "only B" in a.texts) == (True, False)
    assert ("only A" in b.texts, "only B" in b.texts) == (False, True)


def test_closing_destroys_and_ends_pushes(host: Any) -> None:
    """``on_destroy`` runs, an async one to its end; later updates do nothing."""
    destroyed = threading.Event()

    class Ends(Counter):
        async def on_destroy(self) -> None:
            await asyncio.sleep(0)
            destroyed.set()

    app = host(Ends)
    app.page()
    app.close()
    app.session.call(root(app).add_one, None)
    app.session.call(root(app).update)
    root(app).update()
    app.receive(event_of(root(app).id, "click"))
    app.session.run(asyncio.sleep(0))
    assert destroyed.is_set()
    assert app.sent == []
    assert not hasattr(root(app), "_fallback_queue")


def test_a_destroy_that_hangs_is_given_up(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing goes on without an ``on_destroy`` that does not end, and reports it."""
    monkeypatch.setattr(htag2_instance, "DESTROY_LIMIT", 0.01)

    class Hangs(Tag.App):
        async def on_destroy(self) -> None:
            await asyncio.Event().wait()

    app = host(Hangs)
    app.close()
    assert "on_destroy failed" in app.errors[0][0]


def test_an_update_after_the_loop_is_gone_is_harmless(host: Any) -> None:
    """Setting a shared State does not fail because a session has ended."""
    app = host(Counter)
    app.session.stop()
    root(app).update()


def test_an_app_that_cannot_be_built_fails(host: Any) -> None:
    """An exception in ``init`` is AppFailed with its cause."""

    class Broken(Tag.App):
        def init(self) -> None:
            raise KeyError("missing")

    with pytest.raises(AppFailed, match="Broken could not be built: KeyError") as caught:
        host(Broken)
    assert "in init" in caught.value.trace


def test_a_page_that_cannot_be_rendered_fails(host: Any) -> None:
    """An exception while rendering is AppFailed, not a page; a redraw tells it."""

    class Broken(Tag.App):
        def init(self) -> None:
            self += lambda: 1 / 0

    app = host(Broken)
    with pytest.raises(AppFailed, match="could not be rendered: ZeroDivisionError"):
        app.page()
    assert app.snapshot()["traceback"] == "Internal Server Error"


def test_a_snapshot_redraws_the_page(host: Any) -> None:
    """The whole body, after what was pending has been sent."""
    app = host(Counter)
    app.page()
    app.session.call(root(app).add_one, None)
    payload = app.snapshot()
    assert ">1</b>" in app.texts
    assert ">1</b>" in payload["updates"][root(app).id]
    assert payload["action"] == "update"


def test_a_snapshot_has_all_statics(host: Any) -> None:
    """A page that missed the payload with a late static gets it with the redraw."""

    class Late(Tag.div):
        statics = (Tag.style(".late {}"),)

    class Grows(Tag.App):
        def init(self) -> None:
            self += Tag.button("+", _onclick=lambda event: self.add(Late()))

    app = host(Grows)
    app.receive(events(app.page().html)[0])
    assert any(".late" in text for text in app.sent[-1]["statics"])
    assert any(".late" in text for text in app.snapshot()["statics"])


def test_values_are_taken_by_form_elements_only(host: Any) -> None:
    """A page cannot set attributes of other tags, nor values of kinds no element holds."""

    class Form(Tag.App):
        def init(self) -> None:
            self += [Tag.div("x", _onclick=self.seen), Tag.input(_oninput=self.seen)]

        def seen(self, event: Any) -> None:
            self.told = event.value

    app = host(Form)
    div, box = events(app.page().html)[:2]
    for message in (div, box):
        data = {"value": "v", "checked": "yes", "name": "n"}
        app.receive({**message, "data": {**message["data"], **data}})
        assert root(app).told == "v"
    tag, entry = root(app).childs
    assert tag._get_attrs() == {}
    assert entry._get_attrs() == {"value": "v"}


def test_the_app_sees_the_latest_request(host: Any) -> None:
    """``self.request`` is the page request: in ``init``, and after F5 the new one."""

    class Reads(Tag.App):
        def init(self) -> None:
            self.first = self.request.query_params["n"]
            self += lambda: self.request.query_params["n"]

    app = host(Reads, "/?n=1")
    assert root(app).first == "1"
    assert ">2</body>" in app.page("/?n=2").html


def test_an_instance_serves_every_query(host: Any, request_to: Any) -> None:
    """Another query is no reason for another instance."""
    assert host(Counter).instance.accepts(request_to("/?other"))


def test_nothing_of_htag_may_end_the_process(host: Any) -> None:
    """The app's wish to exit with its last page is overruled."""

    class Exits(Tag.App):
        def __init__(self) -> None:
            super().__init__()
            self.exit_on_disconnect = True

    assert root(host(Exits)).exit_on_disconnect is False


@pytest.mark.parametrize("kind", ["class", "attribute"])
def test_an_update_of_the_app_is_called(host: Any, kind: str) -> None:
    """It has one in place of htag's."""
    asked: list[Any] = []

    class Own(Counter):
        def init(self) -> None:
            super().init()
            if kind == "attribute":
                self.update = asked.append

    if kind == "class":
        Own.update = lambda self, throttle=None: asked.append(throttle)
    app = host(Own)
    app.session.call(lambda: root(app).update(0.5))
    assert asked == [0.5]
