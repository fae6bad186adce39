"""The JavaScript files: where they are found, and the classic scripts made of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quick_htag.assets import asset_path, bundle, classic_bundle, locate
from quick_htag.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = ("htag1.js", "htag2.js")

# a page just large enough for an entry to run in: a socket that says hello, and what was sent
PAGE = """
const sent = [];
class WebSocket {
  constructor(url) {
    sent.push(url);
    queueMicrotask(() => this.onmessage({ data: '{"hello":0}' }));
  }
  send(text) { sent.push(JSON.parse(text)); }
  close() {}
}
const target = () => ({ addEventListener() {}, removeEventListener() {} });
class CSSStyleSheet { replaceSync() {} }
const document = {
  ...target(), readyState: "complete", visibilityState: "visible", adoptedStyleSheets: [],
};
const window = {
  ...target(), document, WebSocket, CSSStyleSheet, Math, Date, performance, console,
  setTimeout() {}, clearTimeout() {},
  location: { protocol: "http:", host: "h", pathname: "/app" },
  quick_htag_page: { page: "p1", seen: 3, script: "" },
};
document.defaultView = window;
const context = require("node:vm").createContext({ window });
require("node:vm").runInContext(require("node:fs").readFileSync(0, "utf8"), context);
window.quick_htag.send({ id: 5 });
setTimeout(() => console.log(JSON.stringify({ sent, names: Object.keys(context) })), 1);
"""


@pytest.fixture(scope="module")
def node() -> str:
    """A Node.js of this machine; skips when there is none, which `make test` rules out."""
    finder = ROOT / "tests" / "tools" / "find_node.py"
    found = subprocess.run([sys.executable, finder], capture_output=True, text=True, timeout=120)
    if found.returncode:
        pytest.skip("needs Node.js")
    return found.stdout.strip()


@pytest.fixture
def run_js(node: str) -> Callable[..., str]:
    """Runs node with arguments and an input; gives what it prints."""

    def run(*arguments: str, text: str) -> str:
        done = subprocess.run(
            [node, *arguments], input=text, capture_output=True, encoding="utf-8", timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def write(folder: Path, **files: str) -> Path:
    """Put modules into ``folder``, which is made; the names lack their ``.js``."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder


# -- where they are ------------------------------------------------------------------------------


def test_the_checkout_is_found() -> None:
    """In a checkout the files beside the package are used, as they are."""
    assert Path(asset_path("backoff.js")) == ROOT / "js" / "backoff.js"


def test_the_packaged_folder_goes_first(tmp_path: Path) -> None:
    """In a wheel the folder in the package is used, whatever lies beside the package."""
    packaged = write(tmp_path / "packaged", transport="")
    beside = write(tmp_path / "js", transport="")
    assert locate(packaged, beside) is packaged


def test_a_foreign_folder_is_not_taken_for_ours(tmp_path: Path) -> None:
    """A ``js`` folder of somebody else in site-packages does not hold our files."""
    foreign = write(tmp_path / "js", other="")
    with pytest.raises(ConfigurationError, match="install quick_htag again"):
        locate(tmp_path / "missing", foreign)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The layout of an installed wheel in a zip file, as far as it is needed here."""
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.writestr("quick_htag/__init__.py", "")
        for name in ("assets", "errors"):
            archive.write(ROOT / "quick_htag" / f"{name}.py", f"quick_htag/{name}.py")
        for path in (ROOT / "js").glob("*.js"):
            archive.write(path, f"quick_htag/js/{path.name}")
    return tmp_path / "site.zip"


def bundle_found_from(place: Path, cwd: Path) -> str:
    """What another Python makes of the package in ``place``."""
    code = "import sys, quick_htag.assets as a; sys.stdout.write(a.classic_bundle('htag1.js'))"
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_installed_package_finds_its_own_files(site: Path, tmp_path: Path) -> None:
    """A wheel works without a checkout around it."""
    with zipfile.ZipFile(site) as archive:
        archive.extractall(tmp_path / "site")
    assert bundle_found_from(tmp_path / "site", tmp_path) == classic_bundle("htag1.js")


def test_a_package_in_a_zip_file_finds_its_own_files(site: Path, tmp_path: Path) -> None:
    """The files are read through the importer, not by path."""
    assert bundle_found_from(site, tmp_path) == classic_bundle("htag1.js")


# -- the bundles of our entries ------------------------------------------------------------------


@pytest.mark.parametrize("entry", ENTRIES)
def test_bundle_is_a_valid_classic_script(entry: str, run_js: Callable[..., str]) -> None:
    """A browser can parse it outside of a module."""
    assert run_js("--check", "--input-type=commonjs", "-", text=classic_bundle(entry)) == ""


@pytest.mark.parametrize("entry", ENTRIES)
def test_bundle_runs(entry: str, run_js: Callable[..., str]) -> None:
    """It connects the page and sends events, and defines no global of its own."""
    result = json.loads(run_js("-e", PAGE, text=classic_bundle(entry)))
    assert result["sent"] == ["ws://h/app/ws?page=p1&seen=3", {"n": 1, "p": {"id": 5}}]
    assert result["names"] == ["window"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_bundle_can_stand_in_a_script_element(entry: str) -> None:
    """Nothing in it ends the element early."""
    text = classic_bundle(entry).lower()
    assert "</script" not in text
    assert "<!--" not in text


def test_bundle_is_made_once() -> None:
    """Every page of every server gets the same string."""
    assert classic_bundle("htag1.js") is classic_bundle("htag1.js")


# -- any bundle ----------------------------------------------------------------------------------


def test_modules_run_once_in_the_order_of_their_imports(
    tmp_path: Path, run_js: Callable[..., str]
) -> None:
    """What two modules import runs before both, one time."""
    write(
        tmp_path,
        base='console.log("base");\nexport const one = 1;\n',
        left='import { one } from "./base.js";\nexport function left() { return one; }\n',
        right='import { one } from "./base.js";\nexport class Right { value = one; }\n',
        main='import { left } from "./left.js";\nimport { Right } from "./right.js";\n'
        "console.log(left() + new Right().value);\n",
    )
    assert run_js("-", text=bundle(tmp_path, "main.js")).split() == ["base", "2"]


def test_private_names_of_modules_do_not_meet(tmp_path: Path, run_js: Callable[..., str]) -> None:
    """Two modules may use the same name inside, also that of an export elsewhere."""
    write(
        tmp_path,
        a="const hidden = 1;\nexport async function get() { return hidden; }\n",
        main='import { get } from "./a.js";\nconst hidden = 2;\n'
        "get().then((value) => console.log(value, hidden));\n",
    )
    assert run_js("-", text=bundle(tmp_path, "main.js")).split() == ["1", "2"]


def test_imported_names_can_be_exported(tmp_path: Path, run_js: Callable[..., str]) -> None:
    """A module passes on what it imports, to a module made of several too."""
    write(
        tmp_path,
        a="export const one = 1;\nexport const two = 2;\n",
        b='import { one, two } from "./a.js";\nexport { one, two };\n',
        main='import { two } from "./b.js";\nexport const four = two * 2;\nconsole.log(four);\n',
    )
    assert run_js("-", text=bundle(tmp_path, "main.js")).strip() == "4"
    made = write(tmp_path / "made", whole=bundle(tmp_path, "main.js", module=True))
    (made / "package.json").write_text('{"type": "module"}')
    url = json.dumps((made / "whole.js").as_uri())
    text = f"import({url}).then((names) => console.log(JSON.stringify(names)))"
    assert run_js("-e", text, text="").split() == ["4", '{"four":4}']


def test_end_of_a_script_element_is_escaped(tmp_path: Path, run_js: Callable[..., str]) -> None:
    """The string stays what it was, the text around it is harmless."""
    write(tmp_path, main='console.log("</script></SCRIPT>");\n')
    text = bundle(tmp_path, "main.js")
    assert "</script" not in text.lower()
    assert run_js("-", text=text).strip() == "</script></SCRIPT>"


def test_html_comment_is_refused(tmp_path: Path) -> None:
    """It would make the browser overlook the end of the element."""
    write(tmp_path, main='console.log("<!--");\n')
    with pytest.raises(ConfigurationError, match="<!--"):
        bundle(tmp_path, "main.js")


@pytest.mark.parametrize(
    "form",
    [
        'import "./a.js";',
        'import a from "./a.js";',
        'import * as a from "./a.js";',
        'import { a as b } from "./a.js";',
        "import { a } from './a.js';",
        'import { a } from "a.js";',
        'import { a } from "../a.js";',
        'import { a } from "./a.js"; let b;',
        "import {",
        '  import { a } from "./a.js";',
        '/* x */ import { a } from "./a.js";',
        'const a = await import("./a.js");',
        "const url = import.meta.url;",
        "export default 5;",
        "export { a as b };",
        'export { a } from "./a.js";',
        'export * from "./a.js";',
        "export let a = 1;",
        "export const { a } = b;",
        "export function* a() {}",
        "*/ export const a = 1;",
    ],
)
def test_other_forms_are_refused_with_file_and_line(tmp_path: Path, form: str) -> None:
    """What would not work in the bundle is found when it is made."""
    write(tmp_path, a="export const a = 1;\n", main=f"// first line\n{form}\n")
    with pytest.raises(ConfigurationError, match=r"^main\.js, line 2: "):
        bundle(tmp_path, "main.js")


def test_comments_may_speak_of_imports(tmp_path: Path) -> None:
    """Types in comments are written with import()."""
    lines = ['/** @type {import("./a.js").A} */', '/**\n * @type {import("./a.js").A}\n */']
    text = "\n".join([*lines, "// import everything"])
    write(tmp_path, main=text)
    assert text in bundle(tmp_path, "main.js")


def test_a_name_that_is_not_exported_is_refused(tmp_path: Path) -> None:
    """As it is in a module."""
    write(tmp_path, a="const b = 1;\n", main='import { b } from "./a.js";\n')
    with pytest.raises(ConfigurationError, match=r"^main\.js, line 1: a\.js does not export b$"):
        bundle(tmp_path, "main.js")


def test_a_circle_of_imports_is_refused(tmp_path: Path) -> None:
    """A module would run before what it needs."""
    write(
        tmp_path,
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ConfigurationError, match=r"^b\.js, line 1: .*circle"):
        bundle(tmp_path, "a.js")


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    """The message says which file is not there."""
    write(tmp_path, main='import { a } from "./gone.js";\n')
    with pytest.raises(ConfigurationError, match=r"gone\.js"):
        bundle(tmp_path, "main.js")


@pytest.mark.parametrize("name", ["backoff.js", "js/backoff.js"])
def test_path_of_a_script(name: str) -> None:
    """A script is a file, for those who want to serve or mirror it."""
    assert Path(asset_path(name)).samefile(ROOT / "js" / "backoff.js")


def test_path_of_another_file() -> None:
    """Other files are found relative to the package; what is not there is told."""
    assert Path(asset_path("data/favicon.ico")).is_file()
    for name in ("none.js", "none.txt", "data"):
        with pytest.raises(ConfigurationError, match=r"none|data"):
            asset_path(name)
