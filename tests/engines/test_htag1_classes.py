"""The roll of the classes of htag 1."""

from __future__ import annotations

import pytest

try:
    from htag import Tag
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert HRenderer
pytestmark = pytest.mark.usefixtures("engine")  # which patches htag


def test_every_access_still_makes_a_class() -> None:
    """What an app sets on a class made on the fly stays on that class."""
    first = Tag.div
    first.js = "1"
    assert Tag.div is not first
    assert Tag.div().js is None


def test_classes_made_on_the_fly_are_not_scanned() -> None:
    """Live tags of other sessions do not slow the start of a new one."""
    keep = [Tag.div() for _ in range(50)]
    assert not {type(one) for one in keep} & set(Tag.__subclasses__())


def test_a_subclass_of_a_class_made_on_the_fly_is_scanned() -> None:
    """The base of an app's class is listed, before classes defined later."""
    base = Tag.section

    class Later(Tag):
        pass

    class Mine(base):
        pass

    listed = Tag.__subclasses__()
    assert listed.index(base) < listed.index(Later)
    assert base.__subclasses__() == [Mine]


def test_statics_set_on_a_class_made_on_the_fly_count() -> None:
    """A class made on the fly that is given statics brings them."""
    mine = Tag.section
    assert mine not in Tag.__subclasses__()
    mine.statics = [Tag.style("p {}")]
    assert mine in Tag.__subclasses__()


def test_a_class_that_is_gone_is_not_listed() -> None:
    """The roll keeps no class alive."""
    import gc

    class Gone(Tag):
        pass

    assert "Gone" in [one.__name__ for one in Tag.__subclasses__()]
    del Gone
    gc.collect()
    assert "Gone" not in [one.__name__ for one in Tag.__subclasses__()]


def test_tags_of_a_name_share_a_class() -> None:
    """As long as it is as htag has made it."""
    assert type(Tag.u("one")) is type(Tag.u("two"))
    assert type(Tag.u()) is not type(Tag.b())
    assert (str(Tag.u("one")), str(Tag.b("one"))) != (str(Tag.b("one")), str(Tag.u("one")))


def test_a_class_that_somebody_changes_is_his() -> None:
    """Other tags of the name are not changed, now and later."""
    mine = Tag.s
    mine.own = 1
    assert Tag.s is not mine
    assert not hasattr(Tag.s("x"), "own") or Tag.s.__dict__.get("own") is None


def test_a_base_class_is_his_who_has_subclassed_it() -> None:
    """What he does to it is not seen elsewhere."""

    class Mine(Tag.q):
        pass

    assert Tag.q is not Mine.__bases__[0]


def test_a_change_of_all_tags_is_seen_by_all() -> None:
    """Classes have copies of what ``Tag`` has."""
    before = Tag.i
    Tag.added_for_a_test = "here"
    try:
        assert Tag.i is not before
        assert Tag.i.__dict__["added_for_a_test"] == "here"
    finally:
        del Tag.added_for_a_test
