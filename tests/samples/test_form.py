"""The form: what is entered is there in Python, with its type."""

import pytest


@pytest.fixture
def form(sample):
    """The form."""
    return sample("form").page()


def test_text_of_any_kind(form):
    """Unicode and markup arrive as they are."""
    form.type("[name=text]", "ä <b>&\"' 漢字 🎉")
    form.wait_for("text: str 13", ".shown")


def test_a_long_text(form):
    """Hundreds of kilobytes are one message."""
    form.type("[name=area]", "x" * 500_000)
    form.wait_for("area: str 500000", ".shown")


def test_a_checkbox_is_a_boolean(form):
    """True when it is checked, false when not."""
    form.click("[name=box]")
    form.wait_for("box: bool 4 True", ".shown")
    form.click("[name=box]")
    form.wait_for("box: bool 5 False", ".shown")


def test_a_choice(form, major):
    """The value of the option."""
    if major == 2:
        pytest.skip("one flavour has a choice")
    form.find("select").value = "b"
    form.trigger("select", "change")
    form.wait_for("choice: str 1 b", ".shown")


def test_a_form_is_sent(form, major):
    """All fields by their names."""
    if major == 1:
        pytest.skip("htag 1 has no fields of a form in its events")
    form.find("[name=second]").value = "two"
    form.click("button", "send")
    form.wait_for("sent first=1 second=two", ".shown")


def test_no_input_in_the_log(sample, capsys):
    """What a visitor enters is nobody else's business."""
    form = sample("form")
    form.page().type("[name=secret]", "correct horse battery")
    form.server.shutdown()
    written = capsys.readouterr()
    assert "battery" not in written.out + written.err


def test_reserved_keys_change_nothing(sample, major):
    """An event cannot pretend to come from elsewhere."""
    if major == 1:
        pytest.skip("its events have other keys")
    page = sample("form").page()
    payload = {
        "id": page.find("[name=text]")["id"],
        "event": "input",
        "data": {"callback_id": "c", "value": "v", "target": "x", "name": "y", "__class__": "z"},
    }
    page.send(payload)
    page.wait_for("text: str 1 v", ".shown")
