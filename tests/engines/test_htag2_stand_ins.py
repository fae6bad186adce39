"""What htag 2 gets in place of a websocket and of a request."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

from quick_htag.engines.htag2_stand_ins import (
    HostChannel,
    RenderRequest,
    answer_fields,
    own_call,
    variants,
)


class Context(SimpleNamespace):
    """Collects what is sent and reported."""

    def __init__(self) -> None:
        super().__init__(sent=[], errors=[], asker=lambda: None, told={})

    def send(self, text: str) -> bool:
        self.sent.append(text)
        return True

    def failed(self, text: str, error: BaseException | None) -> dict[str, str]:
        self.errors.append((text, error))
        return self.told


def test_a_payload_is_sent() -> None:
    """A payload goes to the pages as it is."""
    context: Any = Context()
    asyncio.run(HostChannel(context, "App").send_text('{"action": "update"}'))
    assert (context.sent, context.errors) == (['{"action": "update"}'], [])


def test_an_error_payload_has_what_the_page_is_told() -> None:
    """The traceback of htag, which quotes whatever it likes, does not go out."""
    context: Any = Context()
    context.told = {"reference": "a1b2c3d4"}
    text = '{"action": "error", "traceback": "secret", "callback_id": "c", "result": null}'
    asyncio.run(HostChannel(context, "App").send_text(text))
    payload = json.loads(context.sent[0])
    assert (payload["action"], payload["callback_id"]) == ("error", "c")
    assert (payload["problem"], payload["traceback"]) == (context.told, "Internal Server Error")


def test_an_error_payload_is_reported_with_its_exception() -> None:
    """The exception htag is handling when it sends an error is told to the host."""
    context: Any = Context()
    error = ValueError("broken")

    async def failing() -> None:
        try:
            raise error
        except ValueError:
            await HostChannel(context, "App").send_text('{"action": "error", "result": null}')

    asyncio.run(failing())
    assert context.errors == [("App failed", error)]
    assert len(context.sent) == 1


def test_a_forced_transport_is_hidden(request_to: Any) -> None:
    """The cookie by which htag would replace the WebSocket class is not there, the rest is."""
    request = RenderRequest(request_to("/a?b=c", "htag_mode=http; user=Jim"))
    assert request.cookies == {"user": "Jim"}
    assert request.query_params == {"b": "c"}


def test_single_pages_get_their_own_calls_and_answer() -> None:
    """Calls stay in order; who asked is answered; the others get what is for all."""
    update = '{"action": "update", "updates": {}, "js": ["all()"], "statics": []}'
    calls = ["all()", own_call("a()", "A"), own_call("b()", "B")]
    own = variants(update, calls, answer_fields("c", "1"), "B")
    assert json.loads(own["A"])["js"] == ["all()", "a()"]
    assert json.loads(own["B"])["js"] == ["all()", "b()"]
    assert "result" not in json.loads(own["A"])
    assert json.loads(own["B"])["callback_id"] == "c"
    assert variants(update, ["all()"], "", "B") == {}
