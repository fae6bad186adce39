from htag import Tag, prevent


class App(Tag.App):
    """Shows what was entered, as Python has it."""

    def init(self):
        self.shown = Tag.div(_class="shown")
        self <= Tag.input(_name="text", _oninput=lambda event: self.show("text", event))
        self <= Tag.textarea(_name="area", _onchange=lambda event: self.show("area", event))
        self <= Tag.input(
            _type="checkbox", _name="box", _onchange=lambda event: self.show("box", event)
        )
        self <= Tag.input(
            _type="password", _name="secret", _onchange=lambda event: self.show("secret", event)
        )
        with Tag.form(_class="form", _onsubmit=self.sent) as form:
            Tag.input(_name="first", _value="1")
            Tag.input(_name="second")
            Tag.button("send")
        self <= [form, self.shown]

    def show(self, name, event):
        value = event.value
        self.shown.text = f"{name}: {type(value).__name__} {len(str(value))} {str(value)[:20]}"

    @prevent
    def sent(self, event):
        self.shown.text = "sent " + " ".join(f"{k}={v}" for k, v in sorted(event.value.items()))
