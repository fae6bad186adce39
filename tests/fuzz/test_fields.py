"""Header fields with anything in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import checks_fields as fields

FIELD = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60
)


def made_of(*pieces: str) -> st.SearchStrategy[str]:
    """Text that is put together from such pieces, and from anything."""
    return st.lists(st.sampled_from(pieces) | FIELD, max_size=8).map("".join) | FIELD


@given(made_of("a=b", ";", "; ", '"', "=", "a", "$Path=/", "expires", "\t", "\\073"))
def test_cookies(field: str) -> None:
    """Malformed ones are passed over."""
    fields.check_cookies(field)


@given(st.text(max_size=12), st.text(max_size=30) | st.text('";,\\ =\r\n\0\x7f\xe9', max_size=12))
def test_a_cookie_comes_back_as_it_was_set(name: str, value: str) -> None:
    """Or cannot be set."""
    fields.check_cookie_round_trip(name, value)


@given(
    made_of("10.0.0.1", "for=", '"', ",", ";", "proto=http", "[::1]", ":80", "_x", "unknown", "\\"),
    st.sampled_from(["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]),
    made_of("/", "..", "//", "a", ";", "%2e"),
)
def test_what_clients_say_of_proxies_is_not_believed(evil: str, name: str, prefix: str) -> None:
    """What a trusted proxy adds stands behind it and counts."""
    fields.check_forwarded(evil, name, prefix)


DATES = made_of("Sat, 01 Jan 2022 00:00:00 GMT", "9999", "0000", "-0000", "+9999", " ", ":", "1")
TAGS = made_of('"abc"', 'W/"abc"', "*", ",", '"', "W/")
RANGES = made_of("bytes=", "bytes = ", "0-", "-5", "5-1", "99999999999999999999", ",", "-")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "if-match": TAGS,
            "if-none-match": TAGS,
            "if-range": TAGS | DATES,
            "if-modified-since": DATES,
            "if-unmodified-since": DATES,
            "range": RANGES,
        },
    ),
    st.integers(0, 1000),
    st.floats(0, 4e9),
)
def test_conditions_and_ranges(given: dict[str, str], size: int, changed: float) -> None:
    """They hold or not; a range lies in what there is."""
    fields.check_conditional(given, size, changed)


@given(
    made_of(
        "gzip", ";q=", "1.000", ",", "permessage-deflate", "client_max_window_bits", "=", '"', "10"
    )
    | made_of("http://", "[::1]", "localhost", ":80", "null", "127.0.0.1", "evil", ".", "@")
    | DATES
)
def test_reading_any_field_ends_well(text: str) -> None:
    """Codings, origins, hosts, dates, extensions."""
    fields.check_odd_fields(text)


@given(
    st.lists(
        st.sampled_from(
            [
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
                ("Sec-WebSocket-Version", "13"),
                ("Content-Length", "0"),
            ]
        )
        | st.tuples(st.sampled_from(["Upgrade", "Connection", "Sec-WebSocket-Key"]), FIELD),
        max_size=7,
    )
)
def test_handshakes(given: list[tuple[str, str]]) -> None:
    """Accepted, or refused with a status."""
    fields.check_handshake(given)


@given(st.text(max_size=60) | st.text('"\\/%\r\n\0\xe9\u202e.', max_size=20))
def test_the_name_to_save_under_stays_one_name(filename: str) -> None:
    """Quotes, line breaks and the like do not leave it."""
    fields.check_saved_as(filename)


@given(st.text(max_size=40), st.integers(0, 300), st.text(max_size=20), st.booleans())
def test_only_what_was_sealed_is_opened(
    text: str, position: int, change: str, answer: bool
) -> None:
    """Once, and by whom it is for."""
    fields.check_sealed(text, position, change, answer)
