"""Commands made by typer (pip install typer), one of which shows a live app.

python example/embed_typer/main.py add milk
python example/embed_typer/main.py show [--port 8080]
"""

import json
from pathlib import Path

import htag
import typer
from htag import Tag

from quick_htag import create_server

HTAG2 = hasattr(htag, "State")
cli = typer.Typer()
FILE = typer.Option(Path("list.json"), help="where the list is kept")


def read(file):
    return json.loads(file.read_text()) if file.exists() else []


class Shopping(Tag.App if HTAG2 else Tag.body):
    imports = ()
    file = Path("list.json")

    def init(self):
        typed = self.typed if HTAG2 else self.bind.typed(b"this.value")
        self.rows = Tag.ul([Tag.li(one) for one in read(self.file)])
        self += Tag.input(_class="new", _onchange=typed)
        self += self.rows

    def typed(self, given):
        text = given.value if HTAG2 else given
        self.file.write_text(json.dumps([*read(self.file), text]))
        self.rows += Tag.li(text)


@cli.command()
def add(text: str, file: Path = FILE) -> None:
    """Add something to the list."""
    file.write_text(json.dumps([*read(file), text]))
    typer.echo(f"{len(read(file))} on the list")


@cli.command()
def show(port: int = 8080, file: Path = FILE) -> None:
    """Show the list in the browser until CTRL-C."""
    Shopping.file = file
    with create_server(("", port)) as server:
        server.bind_htag("/", Shopping)
        typer.echo(f"open {server.url}")
        server.serve_forever()


if __name__ == "__main__":
    cli()
