"""What a target means."""

from __future__ import annotations

import pytest

from quick_htag.command_line.target import TargetError, find_target


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shop_cl:Shop", "Shop"),
        ("shop_cl", "Shop"),
        ("shop_cl.py", "Shop"),
        ("shop_cl.py:Shop", "Shop"),
        ("./shop_cl.py", "Shop"),
        ("two_cl.py:Two", "Two"),
        ("two_cl:One", "One"),
        ("pack_cl.inner:Inner", "Inner"),
        ("pack_cl/inner.py", "Inner"),
        ("pack_cl.inner", "Inner"),
    ],
)
def test_an_app_is_found(folder, text, name):
    """By module or file, with its name or without."""
    assert find_target(text, folder).app.__name__ == name


def test_a_file_elsewhere_is_found(folder, tmp_path_factory, app_source):
    """By its whole path; what lies beside it can be imported."""
    other = tmp_path_factory.mktemp("other")
    (other / "text_cl.py").write_text("TEXT = 'x'")
    (other / "far-away.py").write_text("from text_cl import TEXT\n" + app_source())
    assert find_target(str(other / "far-away.py"), folder).app.__name__ == "App"


def test_without_a_target_there_is_index(folder, app_source):
    """``App`` of index.py, even if it is imported there; else the folder."""
    assert find_target(None, folder).folder == folder
    (folder / "index.py").write_text("def (")
    found = find_target(None, folder)
    assert found.folder == folder
    assert found.remark.startswith("index.py, line 1: ")
    (folder / "index.py").write_text(app_source(name="Other"))
    assert find_target(None, folder).folder == folder
    (folder / "index.py").write_text("from shop_cl import Shop as App")
    assert find_target(None, folder).app.__name__ == "Shop"


def test_a_folder_is_one(folder):
    """Unless it is a package."""
    assert find_target("plain", folder).folder == folder / "plain"
    assert find_target("plain/", folder).folder == folder / "plain"
    assert find_target(str(folder), folder).folder == folder


def test_what_serves_by_itself_is_a_script(folder):
    """As a file or as a module; nothing of it is run here."""
    assert find_target("serves_cl.py", folder).script == folder / "serves_cl.py"
    assert find_target("serves_cl", folder).module == "serves_cl"
    (folder / "main_cl.py").write_text("if __name__ == '__main__':\n    print(1)\n")
    assert find_target("main_cl.py", folder).script == folder / "main_cl.py"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shop_c.py", "there is no file shop_c.py; did you mean shop_cl.py"),
        ("plain/x.py", "there is no file plain/x.py"),
        ("words.txt", "words.txt is no Python file"),
        ("shop_c:Shop", "there is no module shop_c, looked for in .*; did you mean shop_cl"),
        ("pack_cl.nothing:App", "there is no module pack_cl.nothing"),
        ("nothing.at.all", "there is no module nothing.at.all"),
        ("shop_cl:Shp", "shop_cl has no Shp; did you mean Shop"),
        ("shop_cl.py:Shp", "shop_cl has no Shp; did you mean Shop"),
        ("shop_cl:Tag", "is no app: .*Its apps: Shop"),
        ("none_cl:App", "is no app: expected"),
        ("none_cl.py", "is no app: expected"),
        ("two_cl.py", "more than one app, say which: two_cl.py:One, two_cl.py:Two"),
        ("fails_cl:App", "fails_cl cannot be imported: ModuleNotFoundError"),
        ("fails_cl.py", "fails_cl.py cannot be loaded: ModuleNotFoundError"),
        ("broken_cl.py", "SyntaxError"),
        ("broken_cl", "SyntaxError"),
        ("serves_cl.py:App", "in line 10, as soon as it is imported: .* by serves_cl.py without"),
        ("what ever", "is nothing to serve: write"),
    ],
)
def test_mistakes_are_explained(folder, text, said):
    """With what to do, and names that look like the one that is missing."""
    with pytest.raises(TargetError, match=said):
        find_target(text, folder)


def test_a_file_without_apps_says_what_one_is(folder):
    """And one for the other htag what to install."""
    (folder / "plain_cl.py").write_text("x = 1")
    with pytest.raises(TargetError, match="has no app: that is a class derived from"):
        find_target("plain_cl.py", folder)
    major = 2 if "Tag.App" in (folder / "shop_cl.py").read_text() else 1
    base = "Tag.body" if major == 2 else "Tag.App"
    (folder / "old_cl.py").write_text(f"from htag import Tag\nclass Old({base}): pass")
    with pytest.raises(TargetError, match=f"Old is written for htag {3 - major}, pip install"):
        find_target("old_cl.py", folder)


def test_the_cause_is_that_of_the_user(folder):
    """For the traceback at the prompt."""
    with pytest.raises(TargetError) as caught:
        find_target("fails_cl.py", folder)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
