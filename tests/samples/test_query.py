"""The query echo: what stands in the address arrives in the app."""

import pytest


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("Jim&42", "'Jim' '42'"),
        ("name=Jim&age=42", "age='42' name='Jim'"),
        ("a=1=2", "a='1=2'"),
        ("text=%C3%A4+b", "text='ä b'"),
        ("a=1&a=2", "a='2'"),
    ],
)
def test_arguments_of_htag_1(sample, major, query, shown):
    """Without "=" positional, with it by name."""
    if major == 2:
        pytest.skip("its apps read the query themselves")
    assert sample("query").page(query=query).find(".shown").text == shown


def test_other_arguments_make_another_instance(sample, major):
    """The same arguments keep it, as do those of htag 2."""
    if major == 2:
        pytest.skip("its apps read the query themselves")
    query = sample("query")
    visitor = query.visitor()
    first = query.page(visitor, "a=1").document.body["id"]
    assert query.page(visitor, "a=1").document.body["id"] == first
    assert query.page(visitor, "a=2").find(".shown").text == "a='2'"


def test_names_with_a_meaning_are_no_arguments(sample, major):
    """Nobody's link makes an app run JavaScript or change an attribute."""
    page = sample("query").page(query="js=alert(1)&_onclick=alert(1)&ok=1")
    assert "ok='1'" in page.find(".shown").text
    if major == 1:
        assert "alert(1)" not in page.document.html


def test_markup_stays_text(sample):
    """Both apps show it, neither runs it."""
    page = sample("query").page(query="a=%3Cimg%20src=x%3E")
    assert "<img" in page.find(".shown").text
    assert not page.document.select("img")


def test_the_query_of_htag_2(sample, major):
    """As the app reads it."""
    if major == 1:
        pytest.skip("its apps get arguments")
    page = sample("query").page(query="a=1&text=%C3%A4+b")
    assert page.find(".shown").text == "a='1' text='ä b'"


def test_a_query_that_is_too_long(sample):
    """It is refused before anything is built."""
    answer = sample("query").visitor().get("/?a=" + "x" * 9000)
    assert answer.status in (200, 414)  # 414 where there is a request line
