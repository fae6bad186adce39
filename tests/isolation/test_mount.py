"""Apps that are bound with processes."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import ConfigurationError


def test_hooks_and_options_are_taken_along(live_server: Any, app_name: str) -> None:
    """By name; in the process the app is on a thread."""
    live_server.settings.__dict__["spare_processes"] = 0
    mount = live_server._gui_mount("/a/", app_name, isolation="process", recreate_on_change=True)
    plan = mount.host.plan
    assert (mount.path, mount.name, plan.mount) == ("/a", "App", "/a")
    assert plan.options.recreate_on_change
    assert plan.transports == mount.transports
    assert plan.app["name"] == "App"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"shared_session": {}}, "object of this process"),
        ({"on_instance": lambda app: None}, "name that can be imported"),
        ({"follow": lambda: None}, "by its name"),
    ],
)
def test_what_cannot_be_taken_along(
    live_server: Any, app_name: str, options: dict[str, Any], text: str
) -> None:
    """The error says what it is."""
    with pytest.raises(ConfigurationError, match=text):
        live_server._gui_mount("/", app_name, isolation="process", **options)
