from htag import Tag


class App(Tag.div):
    """Shows what was entered, as Python has it."""

    imports = ()

    def init(self):
        self.shown = Tag.div(_class="shown")
        value, checked = b"this.value", b"this.checked"
        self += Tag.input(_name="text", _oninput=self.bind.show("text", value))
        self += Tag.textarea("", _name="area", _onchange=self.bind.show("area", value))
        options = [Tag.option(one, _value=one) for one in "ab"]
        self += Tag.select(options, _name="choice", _onchange=self.bind.show("choice", value))
        self += Tag.input(_type="checkbox", _name="box", _onclick=self.bind.show("box", checked))
        self += Tag.input(
            _type="password", _name="secret", _onchange=self.bind.show("secret", value)
        )
        self += self.shown

    def show(self, name, value):
        self.shown.clear(f"{name}: {type(value).__name__} {len(str(value))} {str(value)[:20]}")
