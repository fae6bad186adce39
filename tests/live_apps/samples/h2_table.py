from htag import Tag

ROWS = 2000


class Row(Tag.tr):
    def init(self, number):
        self.number = number
        self.changes = 0
        self.show()

    def show(self):
        self.clear()
        self <= Tag.td(f"row {self.number}: {self.changes}")
        self <= Tag.td(Tag.button("change", _class=f"b{self.number}", _onclick=self.change))

    def change(self, event):
        self.changes += 1
        self.show()


class App(Tag.App):
    """Many rows with a button each, which replaces its row."""

    def init(self):
        table = Tag.table()
        table <= [Row(number) for number in range(ROWS)]
        self <= table
