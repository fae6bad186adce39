"""What processes are started with."""

from __future__ import annotations

import json

from quick_htag.guis import GuiOptions
from quick_htag.isolation.greeting import PROTOCOL
from quick_htag.isolation.plan import Plan
from quick_htag.settings import Settings


def test_it_is_told_as_json() -> None:
    """With the settings of the server; in its process the app is on a thread."""
    options = GuiOptions(isolation="process", timeout_interaction=3.0)
    plan = Plan("/a", "App", {"spec": "m:App"}, None, None, options, ("sse",), "", None)
    config = json.loads(json.dumps(plan.config(Settings(process_memory=7), token="t")))
    assert (config["protocol"], config["token"], config["memory"]) == (PROTOCOL, "t", 7)
    assert GuiOptions(**config["options"]) == GuiOptions(timeout_interaction=3.0)
    assert config["settings"]["max_pending_events"] == Settings().max_pending_events
