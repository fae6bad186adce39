"""The weaknesses of quick_server in uploads, W31 to W33, and that they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

TIMEOUT = 30.0  # seconds
FIELD = 'Content-Disposition: form-data; name="f"\r\n'
FILE = 'Content-Disposition: form-data; name="f"; filename="q.bin"\r\n'


@pytest.fixture
def post(start_server: Callable[..., QuickServer]) -> Callable[..., Any]:
    """``post(body, content_type)``: what the endpoint understood."""

    def tell(req: Any, args: Any) -> Any:
        files = {
            name: [one.filename, one.content_type, one.size, one.read().decode()]
            for name, one in args["files"].items()
        }
        return [args["post"], files]

    server = start_server(lambda s: s.json_post("/x", 0)(tell))

    def send(body: str, kind: str = "multipart/form-data; boundary=b") -> Any:
        headers = {"Content-Type": kind}
        answer = requests.post(f"{server.url}x", body.encode(), headers=headers, timeout=TIMEOUT)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return send


def test_w31_files_have_the_name_of_their_field(post: Callable[..., Any]) -> None:
    """Also when the name of the file comes first."""
    body = '--b\r\nContent-Disposition: form-data; filename="q"; name="f"\r\n\r\nx\r\n--b--\r\n'
    assert list(post(body)[1]) == ["f"]


@pytest.mark.parametrize("end", ["--b--", "--b--\r\n", "--b--\r\nan epilogue\r\n--b\r\n"])
def test_w31_forms_may_end_in_any_legal_way(post: Callable[..., Any], end: str) -> None:
    """Without a line end, and with an epilogue that nobody reads."""
    assert post(f"--b\r\n{FIELD}\r\nx\r\n{end}") == [{"f": "x"}, {}]


@pytest.mark.parametrize(
    "kind",
    [
        'multipart/form-data; boundary="b"',
        "multipart/form-data; boundary=b; charset=utf-8",
        "multipart/form-data; charset=utf-8; boundary=b",
        "Multipart/Form-Data; BOUNDARY=b",
    ],
)
def test_w32_boundaries_in_any_legal_spelling(post: Callable[..., Any], kind: str) -> None:
    """Quoted, and with other parameters around."""
    assert post(f"--b\r\n{FIELD}\r\nx\r\n--b--\r\n", kind) == [{"f": "x"}, {}]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (f"a preamble\r\n--b\r\n{FIELD}\r\nx\r\n--b--\r\n", "x"),
        ("--b\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n--b--\r\n", "x"),
        (f"--b\r\n{FIELD}\r\n--bx\r\nx --b\r\n--b--\r\n", "--bx\r\nx --b"),
    ],
)
def test_w32_forms_in_any_legal_shape(post: Callable[..., Any], body: str, value: str) -> None:
    """A preamble, names without quotes, lines that only look like the boundary."""
    assert post(body) == [{"f": value}, {}]


def test_w32_a_file_is_what_has_a_file_name(post: Callable[..., Any]) -> None:
    """Whatever its type says, or does not say."""
    assert list(post(f"--b\r\n{FILE}\r\nx\r\n--b--\r\n")[1]) == ["f"]
    text = f"--b\r\n{FIELD}Content-Type: text/plain\r\n\r\nx\r\n--b--\r\n"
    assert post(text) == [{"f": "x"}, {}]


def test_w33_files_tell_name_and_type(post: Callable[..., Any]) -> None:
    """And their size."""
    body = f"--b\r\n{FILE}Content-Type: text/csv\r\n\r\na,b\r\n--b--\r\n"
    assert post(body)[1] == {"f": ["q.bin", "text/csv", 3, "a,b"]}
