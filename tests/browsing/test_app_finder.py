"""Which apps a file has, as read."""

from __future__ import annotations

import pytest

from quick_htag.browsing.app_finder import FoundApp, read_source

HEAD = "from htag import Tag\n"


def names(source: str, major: int) -> list[str]:
    """The apps for a generation."""
    return [app.name for app in read_source(source).apps(major)]


@pytest.mark.parametrize(
    "source",
    [
        "from htag import Tag\nclass A(Tag.App): pass",
        "import htag\nclass A(htag.Tag.App): pass",
        "import htag as h\nclass A(h.Tag.App): pass",
        "from htag import Tag as T\nclass A(T.App): pass",
        "from htag import *\nclass A(Tag.App): pass",
        "from htag import App\nclass A(App): pass",
        "try:\n    from htag import Tag\nexcept ImportError:\n    raise\nclass A(Tag.App): pass",
        "from htag import Tag\nclass _B(Tag.App): pass\nclass A(_B): pass",
    ],
)
def test_apps_of_htag_2_are_found(source):
    """However the base is imported."""
    assert (names(source, 2), names(source, 1)) == (["A"], [])


def test_apps_of_htag_1_are_found():
    """A body is one; other tags are parts where there is one, and apps where there is none."""
    source = HEAD + "class Row(Tag.div): pass\nclass Main(Tag.body): pass\n"
    assert (names(source, 1), names(source, 2)) == (["Main"], [])
    assert names(HEAD + "class One(Tag.div): pass\n", 1) == ["One"]
    assert names(HEAD + "class One(Tag): pass\nclass App(Tag.div): pass\n", 1) == ["App"]


def test_a_base_chosen_when_it_runs_fits_both():
    """As programs for either generation have it."""
    for base in (
        "class Both(Tag.App if NEW else Tag.body)",
        "B = Tag.App if NEW else 1\nclass Both(B)",
    ):
        source = f"{HEAD}{base}: pass\n"
        assert (names(source, 1), names(source, 2)) == (["Both"], ["Both"])


def test_a_base_may_have_another_name():
    """As long as it is given once; one that leads nowhere is none."""
    assert names(HEAD + "Base = Tag.App\nclass A(Base): pass", 2) == ["A"]
    assert names(HEAD + "B = C\nC = B\nclass A(B): pass", 2) == []


def test_an_imported_base_makes_an_app_of_app():
    """The file does not tell what the base is; a class called App is believed."""
    source = "from base import Base\nclass App(Base): pass\nclass Other(Base): pass\n"
    assert (names(source, 1), names(source, 2)) == (["App"], ["App"])


@pytest.mark.parametrize("source", ["class App: pass", "class A(list): pass", "x = 1", ""])
def test_other_classes_are_no_apps(source):
    """Whatever they are called."""
    assert read_source(source).found == ()


def test_an_app_is_described():
    """By its name, its line and the first line of its docstring."""
    found = read_source(HEAD + 'class A(Tag.App):\n    """Shows it.\n\n    More."""\n').found
    assert found == (FoundApp("A", 2, "Shows it.", 2),)


def test_apps_for_the_other_generation_are_told():
    """Where there is none for the installed one."""
    report = read_source(HEAD + "class A(Tag.App): pass")
    assert [app.name for app in report.foreign(1)] == ["A"]
    assert report.foreign(2) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\ndef (x", 2),
        ("x = 1\n  y = 2", 2),
        ("'\\N{nothing}'", 1),
    ],
)
def test_what_is_broken_is_told_with_its_line(source, line):
    """And nothing else is said of the file."""
    report = read_source(source)
    assert (bool(report.error), report.error_line, report.found) == (True, line, ())


@pytest.mark.parametrize("source", [b"\0", b"x = '\xff'", "(" * 5000])
def test_what_python_cannot_even_begin_is_broken(source):
    """Null bytes, wrong encodings and bottomless nesting."""
    assert read_source(source).error


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("from quick_htag import create_server\nwith create_server(('', 0)) as s:\n    pass", 2),
        ("import quick_htag\ns = quick_htag.create_server(1)", 2),
        ("from htag import WebApp\nWebApp(App).run()", 2),
        ("from htag.runners import Runner\nr = Runner(App)\nr.run()", 3),
        ("from quick_htag import create_server\ndef main():\n  create_server(1)\nmain()", 4),
        ("def main():\n    create_server(1)", 0),
        ("if __name__ == '__main__':\n    create_server(1)", 0),
        ("import subprocess\nsubprocess.run(['x'])", 0),
    ],
)
def test_a_file_that_serves_when_imported_is_known(source, line):
    """By the line that does it; what runs as a script only does not count."""
    assert read_source(source).serves_at == line


def test_a_script_is_known():
    """By what it does as one."""
    assert read_source("if __name__ == '__main__':\n    main()").program
    assert not read_source("def main(): pass").program


def test_names_are_told():
    """Everything bound at the top, for a file whose App is imported."""
    source = "from shop import App\nimport os.path\nA = B = 1\nC: int = 2\ndef d(): e = 1\n"
    assert read_source(source).names == {"App", "os", "A", "B", "C", "d"}
