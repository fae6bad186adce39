"""What endpoints and files do is the same in every host."""

from __future__ import annotations

import hashlib
import re
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.hosts.conftest import HOSTS

if TYPE_CHECKING:
    from tests.hosts.conftest import Host

LIMIT = 60.0
SITES = [name for name in HOSTS if name != "processes"]  # in which only apps are different
JS = Path(__file__).resolve().parents[2] / "js"


pytestmark = pytest.mark.parametrize("host", SITES, indirect=True)


@pytest.fixture
def visitor() -> requests.Session:
    """Keeps its cookies."""
    return requests.Session()


def test_an_endpoint_knows_who_asks_and_where(host: Host, visitor: requests.Session) -> None:
    """The address is the one that the client has used, the mount included."""
    told = visitor.get(f"{host.url}who?name=Bo&x=%C3%A4", timeout=LIMIT).json()
    assert told["client"] == "127.0.0.1"
    assert told["url"] == f"{host.url}who?name=Bo&x=%C3%A4"
    assert told["query"] == {"name": "Bo", "x": "ä"}


def test_an_encoded_slash_parts_no_segments(host: Host, visitor: requests.Session) -> None:
    """Where the host tells how the path was sent; all of these do."""
    assert visitor.get(f"{host.url}at/a%2Fb%20c", timeout=LIMIT).json() == "a/b c"


def test_head_has_the_length_only(host: Host, visitor: requests.Session) -> None:
    """And the fields of a GET."""
    answer = visitor.head(f"{host.url}at/name", timeout=LIMIT)
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, "6", b"")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_upload_is_taken(host: Host, visitor: requests.Session) -> None:
    """One that does not fit into memory, too."""
    data = bytes(range(256)) * 8192  # 2 MiB
    files = {"file": ("a.bin", data)}
    answer = visitor.post(f"{host.url}upload", files=files, timeout=LIMIT)
    assert answer.text == f"a.bin {len(data)} {hashlib.sha256(data).hexdigest()}"


def test_a_body_in_pieces_is_taken(host: Host, visitor: requests.Session) -> None:
    """Nobody has told its length."""
    pieces = iter([b'{"numbers": [1,', b" 2, 39]}"])
    fields = {"Content-Type": "application/json"}
    answer = visitor.post(f"{host.url}sum", data=pieces, headers=fields, timeout=LIMIT)
    assert answer.json() == 42


def test_files_have_ranges_and_conditions(host: Host, visitor: requests.Session) -> None:
    """A part, what has not changed, and all of it."""
    address, content = f"{host.url}files/worker_job.js", (JS / "worker_job.js").read_bytes()
    whole = visitor.get(address, timeout=LIMIT)
    assert whole.content == content
    fields = {"If-None-Match": whole.headers["ETag"]}
    assert visitor.get(address, headers=fields, timeout=LIMIT).status_code == 304
    part = visitor.get(address, headers={"Range": "bytes=10-19"}, timeout=LIMIT)
    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(content)}"


def test_a_stream_arrives(host: Host, visitor: requests.Session) -> None:
    """With all of its pieces."""
    text = visitor.get(f"{host.url}stream", timeout=LIMIT).text
    assert text == "".join(f"piece {number}\n" * 2000 for number in range(5))


def test_errors_tell_nothing(host: Host, visitor: requests.Session) -> None:
    """Their status, and no detail."""
    assert visitor.get(f"{host.url}nothing", timeout=LIMIT).status_code == 404
    answer = visitor.get(f"{host.url}fails", timeout=LIMIT)
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_session_is_kept(host: Host, visitor: requests.Session) -> None:
    """Its cookie belongs to what is below the mount."""
    told = [visitor.get(f"{host.url}count", timeout=LIMIT).json() for _ in range(2)]
    assert told == [1, 2]
    assert requests.get(f"{host.url}count", timeout=LIMIT).json() == 1


def test_jobs_are_done(host: Host, visitor: requests.Session) -> None:
    """By the protocol of the client in the page."""
    from quick_htag import worker_request

    assert worker_request(f"{host.url}work", {"upto": 10}) == 45


def test_events_stream_until_the_client_leaves(host: Host) -> None:
    """The generator is closed then."""
    before = requests.get(f"{host.url}left", timeout=LIMIT).json()
    with requests.get(f"{host.url}events", stream=True, timeout=LIMIT) as answer:
        lines = answer.iter_lines(decode_unicode=True)
        told = [line for _, line in zip(range(8), lines, strict=False) if line]
    assert told[:2] == ["data: event 0", "data: event 1"]
    end = time.monotonic() + LIMIT
    while requests.get(f"{host.url}left", timeout=LIMIT).json() == before:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_requests_do_not_wait_for_each_other(host: Host) -> None:
    """An endpoint that blocks has a thread; the one that it waits for is called meanwhile."""
    address = urlsplit(host.url)
    with socket.create_connection((address.hostname, address.port), LIMIT) as blocked:
        head = f"GET {address.path}wait HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
        blocked.sendall(head.encode())
        assert requests.get(f"{host.url}release", timeout=LIMIT).json() is True
        assert re.match(rb"HTTP/1.1 200", blocked.recv(100))


def test_a_websocket_of_ones_own(host: Host) -> None:
    """Text and bytes, its subprotocol, its limit and its close; or a refusal at once."""
    address = f"{host.url.replace('http', 'ws', 1)}echo"
    origin = host.root.rstrip("/")
    if not host.websockets:
        with pytest.raises(InvalidStatus) as refused:
            connect(address, origin=origin)
        assert refused.value.response.status_code == 501
        return
    with connect(address, origin=origin, subprotocols=["quiet", "loud"], max_size=None) as ws:
        assert ws.subprotocol == "loud"
        ws.send("hello")
        ws.send(b"abc")
        ws.send("x" * 300_000)
        assert [ws.recv(LIMIT), ws.recv(LIMIT), len(ws.recv(LIMIT))] == ["HELLO", b"cba", 300_000]
        ws.send("bye")
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(LIMIT)
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4321, "as you wish")
    with connect(address, origin=origin) as ws:
        ws.send("x" * 300_001)
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(LIMIT)
        assert closed.value.rcvd.code == 1009


def test_pages_of_other_sites_are_refused(host: Host) -> None:
    """Their websockets and their posts."""
    fields = {"Origin": "https://evil.example"}
    answer = requests.post(f"{host.url}sum", json={"numbers": [1]}, headers=fields, timeout=LIMIT)
    assert answer.status_code == 403
    if host.websockets:
        with pytest.raises(InvalidStatus) as refused:
            connect(f"{host.url.replace('http', 'ws', 1)}echo", origin="https://evil.example")
        assert refused.value.response.status_code == 403
