"""Makes the pictures of docs/images: starts each example with a page and looks at it in Chromium.

``make pictures``, or with names of examples only these. Needs playwright, a Chromium and Pillow.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chromium import find
from notebook_scene import notebook, running_lab
from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 460, 340  # CSS pixels of the window; a picture ends where the page does
SCALE = 1.5  # pixels for each of them
MARGIN = 12  # below the last thing on the page
COLORS = 64
TIMEOUT = 30_000  # milliseconds
ARGS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]


class Scene(NamedTuple):
    """How an example comes to look like its picture."""

    act: Callable[[Page], None]
    path: str = ""
    script: str = "main.py"
    width: int = WIDTH
    height: int = HEIGHT
    part: str = ""  # selects what is shown of the page; empty: all of it
    arguments: tuple[str, ...] = ("0",)


def monitor(page: Page) -> None:
    """Some seconds of curves, and a search that has found something."""
    page.fill("input", "photos")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer table")
    page.wait_for_timeout(70_000)  # for the curves: a sample a second


def cross_origin(page: Page) -> None:
    """The other server has answered."""
    page.wait_for_selector("body[data-ready]")
    page.click("button")
    page.wait_for_function("document.querySelector('output').textContent")


def dialogs(page: Page) -> None:
    """A question, above the list."""
    page.click(".clear")
    page.wait_for_timeout(1000)  # it comes in softly, in a shadow tree


def events(page: Page) -> None:
    """It has begun to count."""
    page.wait_for_function("+document.querySelector('b').textContent >= 3")


def login(page: Page) -> None:
    """After the form."""
    page.fill("[name=name]", "ann")
    page.fill("[name=password]", "butterfly")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=note]")
    page.fill("[name=note]", "Water the plants")


def parano(page: Page) -> None:
    """Two entries."""
    for text in ("Nobody reads this.", "Not even the proxy."):
        _live(page)
        page.fill("input", text)
        page.keyboard.press("Enter")
        page.wait_for_function("text => document.body.innerText.includes(text)", arg=text)


def persist(page: Page) -> None:
    """Two notes and half of another."""
    for count, text in enumerate(("Buy milk", "Call Ann"), 1):
        _live(page)
        page.fill("input", text)
        page.click(".add")
        page.wait_for_function("n => document.querySelectorAll('li').length == n", arg=count)
    page.fill("input", "Half a no")


def clicked(page: Page) -> None:
    """After three clicks."""
    for count in range(1, 4):
        _live(page)
        page.click("button")
        page.wait_for_function("n => document.body.innerText.includes(`${n} clicks`)", arg=count)


def guests(page: Page) -> None:
    """Two entries."""
    for text in ("Nice to be here.", "Me again!"):
        page.fill("input", text)
        page.keyboard.press("Enter")
        page.wait_for_function("text => document.body.innerText.includes(text)", arg=text)


def threads(page: Page) -> None:
    """Half way."""
    _live(page)
    page.click(".start")
    page.wait_for_function("document.querySelector('progress').value >= 60")


def tokens(page: Page) -> None:
    """Three things on the list."""
    for text in ("apples", "pears", "a bag"):
        page.fill("input", text)
        page.keyboard.press("Enter")
        page.wait_for_function("text => document.body.innerText.includes(text)", arg=text)


def upload_app(page: Page) -> None:
    """Two files that have been read."""
    _live(page)
    files = [
        {"name": name, "mimeType": "text/plain", "buffer": b"a line\n" * lines}
        for name, lines in (("diary.txt", 3650), ("recipes.txt", 212))
    ]
    page.set_input_files("input[type=file]", files)
    page.wait_for_function("document.body.innerText.includes('recipes.txt: 212')")


def job_app(page: Page) -> None:
    """Somewhere in the middle."""
    _live(page)
    page.click("button.count")
    page.wait_for_function("document.querySelector('progress').value > 0.3")


def steps(page: Page) -> None:
    """Somewhere in the middle."""
    page.wait_for_function("document.querySelector('progress').value > 0.3")


def shopping(page: Page) -> None:
    """Two things on the list."""
    for text in ("milk", "bread"):
        _live(page)
        page.fill("input", text)
        page.keyboard.press("Enter")
        page.wait_for_function("text => document.body.innerText.includes(text)", arg=text)


def cluster(page: Page) -> None:
    """Some clicks, and a greeting."""
    _live(page)
    for number in ("1", "2", "3"):
        page.click("button.more")
        shown = "number => document.querySelector('.clicks').innerText == number"
        page.wait_for_function(shown, arg=number)
    page.click("button.hello")
    page.wait_for_selector("li")


def greeted(page: Page) -> None:
    """The app below another application was clicked."""
    _live(page)
    page.click("button")
    page.wait_for_selector("p")


def topics(page: Page) -> None:
    """Something was said."""
    _live(page)
    heard = "text => document.querySelector('ul').innerText.includes(text)"
    for text in ("coffee", "lunch"):
        page.click(f"button:text('{text}')")
        page.wait_for_function(heard, arg=text)


def upload(page: Page) -> None:
    """Files that have arrived."""
    files = [
        {"name": name, "mimeType": "image/jpeg", "buffer": b"x" * size}
        for name, size in (("harbour.jpg", 4_812_000), ("family.jpg", 3_121_000))
    ]
    page.set_input_files("input[type=file]", files)
    page.wait_for_timeout(3000)


def websocket(page: Page) -> None:
    """Somebody has said something."""
    for text in ("Hello, is anybody here?", "We are in the same room."):
        page.fill("input", text)
        page.keyboard.press("Enter")
        page.wait_for_function("text => document.body.innerText.includes(text)", arg=text)


def worker(page: Page) -> None:
    """One folder that has been read and one that does not exist."""
    for folder in ("photos", "nowhere", "videos"):
        page.fill("#folder", folder)
        page.keyboard.press("Enter")
        page.wait_for_timeout(2000)


def looked_at(page: Page) -> None:
    """As it is."""
    page.wait_for_timeout(500)


def _live(page: Page) -> None:
    """Wait until a live page is connected and has nothing to do."""
    page.wait_for_function("!document.body.matches('.htagoff, .interacting')")


TELLS_TOO_EARLY = ("fastapi_mount",)  # uvicorn takes its port later, and does not say which
SCENES = {
    "monitor": Scene(monitor, script="../main.py", width=860),
    "cluster": Scene(cluster),
    "cross_origin": Scene(cross_origin),
    "dialogs": Scene(dialogs, width=640),
    "download": Scene(looked_at),
    "events": Scene(events),
    "fastapi_mount": Scene(greeted, "htag/"),
    "files": Scene(looked_at, "shared/", width=640),
    "job_app": Scene(job_app, width=540),
    "login": Scene(login),
    "notebook": Scene(notebook, width=760, height=980, part=".jp-WindowedPanel-outer"),
    "parano": Scene(parano),
    "persist": Scene(persist),
    "processes": Scene(looked_at),
    "proxy": Scene(looked_at),
    "runners": Scene(clicked, script="app_server.py"),
    "sign_in": Scene(looked_at),
    "store_sqlite": Scene(guests, arguments=("0", "guests.db")),
    "threads": Scene(threads),
    "tokens": Scene(tokens),
    "topics": Scene(topics),
    "upload": Scene(upload, width=640),
    "upload_app": Scene(upload_app, width=640),
    "embed_argparse": Scene(steps, arguments=("--port", "0")),
    "embed_typer": Scene(shopping, arguments=("show", "--port", "0")),
    "websocket": Scene(websocket),
    "wsgi_app": Scene(looked_at),
    "worker": Scene(worker, arguments=("0", "."), width=640),
}


def furnish(folder: Path) -> None:
    """Folders for examples that look at some; the large file is one hole and takes no space."""
    sizes = {"harbour.jpg": 4.8, "family.jpg": 3.1, "2019/lake.jpg": 2.7, "copy of lake.jpg": 2.7}
    for name, size in sizes.items():
        path = folder / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name[-8:].encode() * int(size * 125_000))
    (folder / "videos").mkdir()
    for name, size in (("trailer.mp4", 200), ("concert.mp4", 20_000)):
        with (folder / "videos" / name).open("wb") as file:
            file.truncate(size * 1_000_000)


@contextmanager
def running(name: str, scene: Scene, environment: dict[str, str]) -> Iterator[str]:
    """The example, started as a user starts it; its address."""
    script = (ROOT / "example" / name / scene.script).resolve()
    with tempfile.TemporaryDirectory() as folder:
        if name == "notebook":
            with running_lab(Path(folder)) as url:
                yield url
            return
        furnish(Path(folder))
        process = subprocess.Popen(
            [sys.executable, str(script), *_arguments(name, scene)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "QUICK_HTAG_PORT": "0", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"https?://[\w.:\[\]-]+/", line):
                    if name in TELLS_TOO_EARLY:
                        _wait_for(found[0])
                    yield found[0]
                    break
            else:
                raise SystemExit(f"{name} has not started")
        finally:
            process.kill()
            process.communicate()


def _arguments(name: str, scene: Scene) -> tuple[str, ...]:
    """With a port that can be told in advance, where the program does not tell which it took."""
    from tests.ports import free_port

    return (str(free_port()),) if name in TELLS_TOO_EARLY else scene.arguments


def _wait_for(url: str) -> None:
    """Wait until somebody listens."""
    from tests.patience import until

    def listens() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{url}htag/"):
            return True
        return False

    until(listens)


@contextmanager
def provider() -> Iterator[tuple[dict[str, str], list[str]]]:
    """An OpenID provider of this machine: what the example is told, and whom it knows."""
    from quick_htag import create_server
    from tests.openid_provider import CLIENT, SECRET, Provider

    with create_server(("", 0)) as server:
        made = Provider(server)
        made.claims["name"] = "Ann"
        server.start()
        told = {"ISSUER": made.issuer, "CLIENT": CLIENT, "SECRET": SECRET}
        yield {f"OPENID_{name}": value for name, value in told.items()}, made.redirect_uris


def look(browser: Browser, name: str, scene: Scene) -> bytes:
    """The picture of an example, as large as its page, in few colours."""
    with ExitStack() as stack:
        environment, known = stack.enter_context(provider()) if name == "sign_in" else ({}, [])
        url = stack.enter_context(running(name, scene, environment))
        known.append(f"{url}sign-in/done")
        context = browser.new_context(
            viewport={"width": scene.width, "height": scene.height},
            color_scheme="light",
            device_scale_factor=SCALE,
            reduced_motion="reduce",
        )
        stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.goto(url + scene.path)
        scene.act(page)
        shown = (
            page.locator(scene.part).screenshot() if scene.part else page.screenshot(full_page=True)
        )
        return small(shown)


def small(png: bytes) -> bytes:
    """The same picture in few colours, without the empty space below."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    empty = Image.new("RGB", picture.size, picture.getpixel((1, picture.height - 1)))
    box = ImageChops.difference(picture, empty).getbbox() or (0, 0, *picture.size)
    bottom = min(picture.height, box[3] + int(MARGIN * SCALE))
    picture = picture.crop((0, 0, picture.width, bottom))
    done = io.BytesIO()
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(done, "PNG", optimize=True)
    return done.getvalue()


def main() -> int:
    """Make those that are named, or all."""
    sys.path.insert(0, str(ROOT))
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=ARGS)
        for name in sys.argv[1:] or SCENES:
            png = look(browser, name, SCENES[name])
            (PICTURES / f"{name}.png").write_bytes(png)
            print(f"{name}.png: {len(png) // 1024} KiB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
