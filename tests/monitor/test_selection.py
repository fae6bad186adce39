"""The words that select rows."""

from __future__ import annotations

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.monitor.rows import JobRow, SessionRow, TokenRow
from quick_htag.monitor.selection import propose, select


def session(name, **values):
    """A session row; what is not given is empty."""
    given = {
        **dict.fromkeys(("user", "app", "at", "transport", "address"), ""),
        "age": 0.0,
        "idle": 0.0,
        "pages": 0,
        "tasks": 0,
        **values,
    }
    return SessionRow(session=name, **given)


ROWS = [
    session("one", user="ann", app="Shop", idle=7200.0, age=9000.0, pages=1),
    session("two", user="bob", app="Shop2", idle=60.0, age=8000.0, pages=3),
    session("six", app="Chat", idle=3600.0, age=7000.0, pages=2),
]


def found(words):
    """The sessions that some words select."""
    return " ".join(row.session for row in select(words.split(), SessionRow).rows(ROWS))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", "one two six"),
        ("idle>1h", "one"),
        ("idle>=1h", "one six"),
        ("idle<1h", "two"),
        ("idle>1h59m30s", "one"),
        ("idle>3599", "one six"),
        ("pages=3", "two"),
        ("pages!=3", "one six"),
        ("app=shop", "one"),
        ("app=Shop*", "one two"),
        ("app!=Shop*", "six"),
        ("user=", "six"),
        ("CHAT", "six"),
        ("Shop idle<5m", "two"),
        ("sort=idle", "two six one"),
        ("sort=-pages", "two six one"),
        ("user!= sort=-user", "two one"),
    ],
)
def test_rows_that_fit(words, names):
    """Conditions all have to hold; text is compared without case."""
    assert found(words) == names


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("color=red", "no column 'color', there are session, user"),
        ("sort=color", "no column 'color'"),
        ("columns=app,color", "no column 'color'"),
        ("idle>soon", "'soon' is no number, with the units s m h d"),
        ("idle>", "'' is no number"),
        ("pages>1h", "'1h' is no number"),
        ("limit=x", "'x' is no number"),
        ("app>5", "app is a text: app=5 or app!=5"),
    ],
)
def test_words_that_make_no_sense(word, hint):
    """The message tells what would."""
    with pytest.raises(ConfigurationError) as caught:
        select([word], SessionRow)
    assert hint in str(caught.value)


def test_the_table_has_the_columns_that_were_asked_for():
    """In that order, with units."""
    text = select(["columns=idle,session", "pages=1"], SessionRow).text(ROWS)
    assert text == "idle   session\n2h00m  one"


def test_a_long_table_ends():
    """What is left out is counted."""
    text = select(["columns=session", "limit=1"], SessionRow).text(ROWS)
    assert text == "session\none\n... and 2 more, see limit="


def test_what_has_no_value_is_last_and_fits_no_number():
    """A token that does not expire is neither above nor below anything."""
    rows = [TokenRow("a...", None, 9, 1), TokenRow("b...", 5.0, None, 1)]
    assert [row.token for row in select(["sort=ttl"], TokenRow).rows(rows)] == ["b...", "a..."]
    assert select(["ttl>0"], TokenRow).rows(rows) == [rows[1]]
    assert select(["size>=1B"], TokenRow).rows(rows) == [rows[0]]


def test_progress_is_in_percent():
    """As it is shown."""
    row = JobRow("123456", "/job", "running", None, 50.0, "", 1.0, "")
    assert select(["progress>=50%"], JobRow).rows([row]) == [row]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id", ["idle>", "idle<"]),
        ("us", ["user="]),
        ("s", ["sort=", "session="]),
        ("sort=id", ["sort=idle"]),
        ("sort=-p", ["sort=-pages"]),
        ("columns=app,pa", ["columns=app,pages"]),
        ("idle>1", []),
    ],
)
def test_words_are_completed(text, words):
    """Columns, then options and their values."""
    assert propose(text, SessionRow) == words
