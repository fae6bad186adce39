"""``tag.update()`` of htag 1 from other threads, loops and sessions."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from quick_htag.engines import htag1_updates

try:
    from htag import Tag
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert HRenderer


class Shows(Tag.div):
    """Notes the thread that renders it."""

    def init(self) -> None:
        self.rendered_by: set[int] = set()

    def render(self) -> None:
        self.rendered_by.add(threading.get_ident())


def root(app: Any) -> Any:
    """The tag of an instance."""
    return app.instance._renderer.tag


def test_an_update_from_another_loop_runs_on_its_own(host: Any, new_session: Any) -> None:
    """Another session may await an update; the tag is rendered and sent by its own thread."""
    app, other = host(Shows), new_session()
    assert other.run(root(app).update()) is True
    assert root(app).rendered_by == {app.session.thread.ident} == app.send_threads


def test_an_update_from_a_plain_thread(host: Any) -> None:
    """A thread without a loop pushes with ``asyncio.run``."""
    app = host(Shows)
    assert asyncio.run(root(app).update()) is True
    assert len(app.sent) == 1


def test_an_instance_on_the_same_loop_renders_as_itself(host: Any) -> None:
    """Tags made by an update of another instance on one loop belong to that instance."""

    class Makes(Tag.div):
        def render(self) -> None:
            self.helper = Tag.button()  # in no tree, so nothing else tells whose it is

    app = host(Makes)
    other = host(Shows, on=app.session)

    async def push() -> None:
        with other.instance._scope.entered():
            await root(app).update()

    app.session.run(push())
    helper = root(app).helper
    assert app.instance._scope.find(id(helper)) is helper
    assert other.instance._scope.find(id(helper)) is None


def test_a_closed_instance_refuses(host: Any, new_session: Any) -> None:
    """False tells a broadcasting app to forget the instance; nothing is rendered."""
    app, other = host(Shows), new_session()
    app.close()
    assert other.run(root(app).update()) is False
    assert app.session.run(root(app).update()) is False
    assert root(app).rendered_by == set()


def test_an_instance_whose_loop_is_gone_refuses(host: Any) -> None:
    """False also when the thread of the session has ended."""
    app = host(Shows)
    app.session.stop()
    assert asyncio.run(root(app).update()) is False


def test_a_busy_session_does_not_hold_up_others(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller goes on after a while; the update follows when its session is free."""
    monkeypatch.setattr(htag1_updates, "FOREIGN_UPDATE_LIMIT", 0.01)
    app, gate = host(Shows), threading.Event()
    app.session.loop.call_soon_threadsafe(gate.wait, 10)
    assert asyncio.run(root(app).update()) is True
    assert app.sent == []
    gate.set()
    app.wait(lambda: len(app.sent) == 1)


def test_a_failing_render_is_for_the_caller(host: Any, new_session: Any) -> None:
    """Who awaits an update of a tag that cannot be rendered gets the exception."""

    class Broken(Tag.div):
        def render(self) -> None:
            raise ValueError("broken")

    app, other = host(Broken), new_session()
    with pytest.raises(ValueError, match="broken"):
        other.run(root(app).update())


def test_a_failing_render_nobody_waits_for_is_reported(
    host: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure after the caller has gone on is not lost."""
    monkeypatch.setattr(htag1_updates, "FOREIGN_UPDATE_LIMIT", 0.01)

    class Broken(Tag.div):
        def render(self) -> None:
            raise ValueError("broken")

    app, gate = host(Broken), threading.Event()
    app.session.loop.call_soon_threadsafe(gate.wait, 10)
    assert asyncio.run(root(app).update()) is True
    gate.set()
    app.wait(lambda: app.errors)
    assert isinstance(app.errors[0][1], ValueError)
