from htag import Tag

ROWS = 2000


class App(Tag.div):
    """Many rows with a button each, which replaces its row."""

    imports = ()

    def init(self):
        self.rows = [Row(number) for number in range(ROWS)]
        self += Tag.table(self.rows)


class Row(Tag.tr):
    def init(self, number):
        self.number = number
        self.changes = 0
        self.show()

    def show(self):
        self.clear()
        self += Tag.td(f"row {self.number}: {self.changes}")
        self += Tag.td(Tag.button("change", _class=f"b{self.number}", _onclick=self.change))

    def change(self, tag):
        self.changes += 1
        self.show()
