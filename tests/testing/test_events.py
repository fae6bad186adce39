"""What handlers in a rendered page send."""

import pytest

from quick_htag.testing import Document
from quick_htag.testing.events import fields, payloads


def sent(html, event, javascript=None, **data):
    """What an event at the element with the class "it" sends."""
    return list(payloads(Document(html).select(".it")[0], event, data, javascript or {}))


def interact(call, event="onclick"):
    """A handler as htag 1 writes it."""
    escaped = call.replace('"', "&quot;")
    return f"<input class='it' value='v\"' {event}=\"try{{interact( {escaped} );}} catch(e) {{}}\">"


def test_a_call_of_htag_1():
    """The object as it stands, its expressions evaluated."""
    call = '{"id": 7, "method": "m", "args": [1, this.value, "}"], "event": jevent(event)}'
    assert sent(interact(call), "click", key="k") == [
        {"id": 7, "method": "m", "args": [1, 'v"', "}"], "event": {"key": "k"}}
    ]


def test_values_of_python_in_a_call():
    """true, false, null and numbers of all kinds."""
    call = '{"args": [true, false, null, -1.5, 1e3]}'
    assert sent(interact(call), "click") == [{"args": [True, False, None, -1.5, 1000.0]}]


def test_other_javascript_must_be_given():
    """The error says how; then it is taken."""
    call = '{"args": [window.innerWidth, f(1)]}'
    with pytest.raises(ValueError, match=r"page\.javascript\['window.innerWidth'\] ="):
        sent(interact(call), "click")
    assert sent(interact(call), "click", {"window.innerWidth": 5, "f(1)": 6}) == [{"args": [5, 6]}]


def test_an_event_of_htag_2():
    """Id and name as they stand, with the value of the element and an id for the answer."""
    html = "<input class='it' value='v' oninput=\"htag_event('t1', 'input', event)\">"
    payload = sent(html, "input", key="k")[0]
    assert payload["id"], payload["event"] == ("t1", "input")
    assert payload["data"].pop("callback_id")
    assert payload["data"] == {"value": "v", "key": "k"}


def test_a_checkbox_of_htag_2():
    """Its value is whether it is checked."""
    html = "<input class='it' type=checkbox checked onchange=\"htag_event('t', 'change', event)\">"
    data = sent(html, "change")[0]["data"]
    assert data["value"] is data["checked"] is True


def test_events_bubble():
    """Handlers around the element hear of it too, until one stops that."""
    inner = "<b class='it' onclick=\"htag_event('in', 'click', event)\">x</b>"
    outer = "<p onclick=\"{}htag_event('out', 'click', event)\">{}</p>"
    assert [one["id"] for one in sent(outer.format("", inner), "click")] == ["in", "out"]
    stopped = inner.replace("htag", "event.stopPropagation();htag")
    assert [one["id"] for one in sent(outer.format("", stopped), "click")] == ["in"]


def test_nothing_listens():
    """No handler, no payload."""
    assert sent("<b class='it'>x</b>", "click") == []


def test_fields_of_a_form():
    """Named controls that are enabled; of checkboxes those that are checked."""
    form = Document(
        "<form><input name=a value=1><input value=unnamed><input name=b disabled value=2>"
        "<input type=checkbox name=c checked><input type=checkbox name=d>"
        "<textarea name=e>text</textarea><input type=submit name=f value=go></form>"
    )
    assert fields(form) == {"a": "1", "c": "on", "e": "text"}
