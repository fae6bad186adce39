"""Many connections and threads at once: who is served, who waits, and how it ends."""

from __future__ import annotations

import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.transports.threaded import HttpTransport
from tests.patience import quick

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
# For tests that count threads: a machine under load must not make quick targets look slow.
PATIENT = {"watchdog_interval": 5.0, "inline_limit": 5.0}


def request(path: str) -> bytes:
    """A request for ``path``."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def processor_time(seconds: float) -> float:
    """What this process takes of the processor in so long; another test may just end in it."""
    before = time.process_time()
    threading.Event().wait(seconds)
    return time.process_time() - before


@pytest.fixture
def many_files():
    """A limit on open files that allows for thousands of connections, where there is one."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# -- many connections ------------------------------------------------------------------------------


def test_date_is_now(serve, site):
    """The answer tells the time."""
    found = parsedate_to_datetime(serve(site).get().field("Date")).timestamp()
    assert abs(found - time.time()) <= 2


def test_two_servers(serve, site):
    """Two servers in one process know nothing of each other."""
    first, second = serve(site), serve(site)
    clients = [first.connect(), second.connect()]
    assert [client.get().body for client in clients] == [b"hello", b"hello"]
    assert first.transport.stop(PATIENCE)
    assert clients[0].closed()
    assert clients[1].get().body == b"hello"


def test_idle_connections_cost_no_thread(serve, site, many_files, until):
    """A thousand idle connections, and new requests are answered as if there were none."""
    live = serve(site, **PATIENT)
    live.get()
    until(lambda: live.counts()["connections"] == 0)
    threads = live.counts()["threads"]
    clients = [live.connect() for _ in range(1000)]
    for client in clients:
        client.send(GET)
    assert {client.answer().body for client in clients} == {b"hello"}
    assert live.counts()["connections"] == 1000
    assert live.counts()["threads"] <= threads
    assert live.get().body == b"hello"
    assert {client.get().body for client in clients[::100]} == {b"hello"}


def test_a_request_that_came_in_time_is_answered(serve, site, clock):
    """Although its connection was idle for too long when the server got to look at it."""
    live = serve(site, {"clock": clock}, keep_alive_timeout=10.0)
    idle = live.connect()
    idle.get()

    def meanwhile(_):
        idle.send(GET)
        clock.advance(11.0)
        return "meanwhile"

    site.add("/meanwhile", meanwhile)
    assert live.get("/meanwhile").body == b"meanwhile"
    assert idle.answer().body == b"hello"


def test_half_sent_heads_delay_nobody(serve, site, many_files, until):
    """Five hundred clients that began a request cost no thread and no time."""
    live = serve(site, **PATIENT)
    for _ in range(500):
        live.connect().send(b"GET / HTTP/1.1\r\nHost: x\r\nA: ")
    until(lambda: live.counts()["connections"] == 500)
    client = live.connect()
    client.get()
    quick(client.get, 0.1)
    assert live.counts()["threads"] == 1


def test_idle_server_does_nothing(serve, site, until):
    """Without requests there are no wake-ups: neither the leader nor the watchdog runs."""
    live = serve(site)
    live.get()
    until(lambda: live.transport._crew._watchdog_asleep)
    until(lambda: live.counts()["connections"] == 0)
    polls = []
    poller = live.transport._hub.poller
    poll, poller.wake = poller.poll, lambda: polls.append("woken")
    until(lambda: processor_time(0.2) < 0.05)
    assert polls == []
    del poller.wake
    assert poll == poller.poll
    assert live.get().body == b"hello"


@pytest.mark.parametrize("timeout", [1e6, 1e12])
def test_timeouts_of_any_size(serve, site, timeout):
    """The system's poll takes no number of any size; we do."""
    live = serve(site, keep_alive_timeout=timeout, header_timeout=timeout)
    client = live.connect()
    assert [client.get().body for _ in range(2)] == [b"hello", b"hello"]


# -- who leads -------------------------------------------------------------------------------------


def test_blocked_leader_delays_nobody(serve, site, gate):
    """A target that blocks for the first time costs others a few milliseconds, not its time."""
    place = site.add("/slow", gate)
    live = serve(site)
    client = live.connect()
    client.get()
    slow = live.connect().send(request("/slow"))
    gate.await_inside()
    before = time.perf_counter()
    assert client.get().body == b"hello"
    assert time.perf_counter() - before < PATIENCE / 4  # the target waits for much longer
    assert place.cost > live.transport._settings.inline_limit
    gate.open()
    assert slow.answer().body == b"waited"
    assert slow.get().body == b"hello"


def test_slow_target_moves_to_workers(serve, site):
    """A target known as slow does not run on the leader; quick again and again, it does."""
    names = []
    place = site.add("/", lambda _: names.append(threading.current_thread().name) or "")
    live = serve(site, **PATIENT)
    client = live.connect()
    client.get()
    place.cost = 10.0
    client.get()
    assert names[0] != names[1]
    for _ in range(20):
        client.get()
    assert names[-1] == names[0]
    assert place.cost == 0.0


def test_target_that_always_waits(serve, site):
    """A target of infinite cost never runs on the leader."""
    names = []
    place = site.add("/", lambda _: names.append(threading.current_thread().name) or "")
    site.add("/quick", lambda _: threading.current_thread().name)
    place.cost = float("inf")
    live = serve(site, **PATIENT)
    client = live.connect()
    for _ in range(20):
        client.get()
    assert client.get("/quick").body.decode() not in names
    assert place.cost == float("inf")


def test_pipelined_behind_a_blocked_leader(serve, site, gate):
    """Requests of one connection keep their order when their thread loses the lead."""
    site.add("/slow", gate)
    site.add("/echo", lambda asked: asked.query_string)
    live = serve(site)
    client = live.connect().send(request("/slow"))
    gate.await_inside()
    for number in range(50):  # they reach the new leader while the old one has the connection
        client.send(request(f"/echo?{number}"))
    assert live.get().body == b"hello"
    gate.open()
    assert client.answer().body == b"waited"
    assert [int(client.answer().body) for _ in range(50)] == list(range(50))


def test_client_that_leaves_a_blocked_leader(serve, site, gate, until):
    """A client that hangs up while its target runs costs nothing until the target returns."""
    site.add("/slow", gate)
    live = serve(site)
    client = live.connect().send(request("/slow"))
    gate.await_inside()
    client.close()
    assert live.get().body == b"hello"
    until(lambda: processor_time(0.3) < 0.08)  # nobody runs in circles
    gate.open()
    until(lambda: live.counts()["connections"] == 0)


def test_many_blocked_leaders(serve, site, gate, until):
    """Thirty-two targets that block at once, one after the other, and recovery."""
    for number in range(32):
        site.add(f"/slow{number}", gate)
    live = serve(site)
    clients = [live.connect().send(request(f"/slow{number}")) for number in range(32)]
    gate.await_inside(32)
    assert live.get().body == b"hello"
    gate.open()
    assert {client.answer().body for client in clients} == {b"waited"}
    assert {client.get().body for client in clients} == {b"hello"}
    until(lambda: live.counts()["threads"] - live.counts()["waiting_threads"] == 1)


def test_more_slow_requests_than_threads(serve, site, gate):
    """Slow requests queue up for the workers; quick ones pass them."""
    site.add("/slow", gate).cost = 1.0
    live = serve(site, max_threads=4)
    clients = [live.connect().send(request("/slow")) for _ in range(12)]
    gate.await_inside(4)
    assert live.get().body == b"hello"
    gate.open()
    assert {client.answer().body for client in clients} == {b"waited"}


def test_one_worker_is_enough(serve, site, gate):
    """With a single worker a slow request and a blocked leader still have an end."""
    site.add("/slow", gate).cost = 1.0
    site.add("/surprise", gate)
    live = serve(site, max_threads=1)
    clients = [live.connect().send(request(path)) for path in ("/slow", "/slow", "/surprise")]
    gate.await_inside(2)
    assert live.get().body == b"hello"
    gate.open()
    assert {client.answer().body for client in clients} == {b"waited"}


class Mixed:
    """A client that asks for anything in any way, and checks every answer against its question."""

    def __init__(self, live, seed):
        self.live = live
        self.random = random.Random(seed)
        self.count = 0

    def __call__(self, rounds):
        client = self.live.connect()
        for _ in range(rounds):
            batch = [self._question() for _ in range(self.random.choice((1, 1, 1, 2, 7, 40)))]
            close = self.random.random() < 0.1
            data = b"".join(data for data, _ in batch)
            if self.random.random() < 0.3:
                cut = self.random.randrange(len(data))
                client.send(data[:cut])
                time.sleep(0)
                data = data[cut:]
            client.send(data)
            if close and self.random.random() < 0.5:  # leaves without its answers
                client.close()
                client = self.live.connect()
                continue
            for _, expected in batch:
                assert client.answer().body == expected
                self.count += 1
            if close:
                client.close()
                client = self.live.connect()
        client.close()
        return self.count

    def _question(self):
        number = self.random.randrange(1 << 30)
        kind = self.random.choice(("quick", "quick", "quick", "slow", "sometimes", "body", "large"))
        head = f"{'POST' if kind == 'body' else 'GET'} /{kind}?{number} HTTP/1.1\r\nHost: x\r\n"
        if kind == "body":
            body = f"{number}".encode() * self.random.choice((1, 1000))
            return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body, body
        answer = f"{kind}{number}".encode() * (20_000 if kind == "large" else 1)
        return f"{head}\r\n".encode(), answer


@pytest.mark.parametrize("parallel", [True, False])
def test_stress(serve, site, many_files, parallel):
    """No connection is lost and no answer mixed up, with clients of every kind at once."""

    def answer(asked, delay=0.0):
        if delay:
            time.sleep(delay)
        return asked.raw_path[1:] + asked.query_string

    chance = random.Random(1)
    site.add("/quick", answer)
    site.add("/slow", lambda asked: answer(asked, 0.003))
    site.add("/sometimes", lambda asked: answer(asked, 0.01 if chance.random() < 0.05 else 0))
    site.add("/body", lambda asked: asked.body.read(), 1 << 20)
    site.add("/large", lambda asked: answer(asked).encode() * 20_000)
    live = serve(site, {"parallel": parallel}, watchdog_interval=0.002)
    rounds = 60 if parallel else 15
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda seed: Mixed(live, seed)(rounds), range(8)))
    assert sum(counts) > 30 * rounds
    assert "failed" not in live.log


# -- the end ---------------------------------------------------------------------------------------


def test_stop_closes_idle_connections_at_once(serve, site):
    """Whoever waits for a request, or has sent a part of a head, is not waited for."""
    live = serve(site)
    idle, begun, silent = live.connect(), live.connect(), live.connect()
    idle.get()
    begun.send(b"GET / HT")
    live.get()
    before = time.perf_counter()
    assert live.transport.stop(PATIENCE)
    assert time.perf_counter() - before < PATIENCE / 4
    assert all(client.closed() for client in (idle, begun, silent))


def test_drain_answers_one_more_request(serve, site):
    """Who is connected, is about to send or has sent a part, is answered and told to close."""
    live = serve(site)
    idle, begun, silent = live.connect(), live.connect(), live.connect()
    idle.get()
    begun.send(b"GET / HTTP/1.1\r\nHo")
    live.get()  # the others have been accepted
    live.transport.drain(PATIENCE)
    answers = [idle.get(), begun.send(b"st: x\r\n\r\n").answer(), silent.get()]
    assert [answer.field("Connection") for answer in answers] == ["close"] * 3
    before = time.perf_counter()
    assert live.transport.stop(PATIENCE)
    assert time.perf_counter() - before < PATIENCE / 4


def test_drain_leaves_new_clients_to_the_next(serve, site):
    """A connection that comes later waits in the queue of the socket, which stays open."""
    live = serve(site)
    live.get()
    live.transport.drain(0.0)
    client = live.connect()
    assert live.transport.stop(PATIENCE)
    live.sock.settimeout(PATIENCE)
    with live.sock.accept()[0] as sock:
        sock.sendall(b"next")
        assert client.take(4) == b"next"


def test_drain_does_not_wait_for_ever(serve, site):
    """An idle connection is closed when its time is over."""
    live = serve(site)
    client = live.connect()
    client.get()
    live.transport.drain(0.05)
    assert client.closed()


def test_drain_without_start():
    """A transport that never served has nobody to wait for."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        transport = HttpTransport(sock, None, Settings(), MessageLog())
        transport.drain(PATIENCE)
        assert transport.stop(PATIENCE)


def test_stop_waits_for_requests(serve, site, gate, until):
    """A request under way, on a worker or the leader, still gets its answer, then the end."""
    site.add("/slow", gate)
    site.add("/known", gate).cost = 1.0
    live = serve(site)
    clients = [live.connect().send(request(path)) for path in ("/slow", "/known")]
    gate.await_inside(2)
    result = []
    stopper = threading.Thread(target=lambda: result.append(live.transport.stop(PATIENCE)))
    stopper.start()
    until(lambda: live.transport._hub.closing)
    gate.open()
    answers = [client.answer() for client in clients]
    stopper.join(PATIENCE)
    assert [answer.body for answer in answers] == [b"waited"] * 2
    assert [answer.field("Connection") for answer in answers] == ["close"] * 2
    assert result == [True]


def test_stop_waits_for_slow_readers(serve, site, until):
    """An answer on its way arrives whole."""
    site.add("/large", lambda _: b"x" * (8 << 20))
    live = serve(site)
    client = live.connect().send(request("/large"))
    until(lambda: live.observed)
    stopper = threading.Thread(target=live.transport.stop, args=[PATIENCE])
    stopper.start()
    assert len(client.answer().body) == 8 << 20
    stopper.join(PATIENCE)
    assert not stopper.is_alive()


def test_stop_waits_for_a_body(serve, site, until):
    """A request whose body is on its way is under way."""
    site.add("/echo", lambda asked: asked.body.read(), 100)
    live = serve(site)
    client = live.connect().send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe")
    until(lambda: [one.state.name for one in list(live.transport._hub.connections)] == ["BODY"])
    stopper = threading.Thread(target=live.transport.stop, args=[PATIENCE])
    stopper.start()
    until(lambda: live.transport._hub.closing)
    answer = client.send(b"llo").answer()
    stopper.join(PATIENCE)
    assert (answer.body, answer.field("Connection")) == (b"hello", "close")


def test_stop_gives_up(serve, site, gate):
    """A target that does not return is left behind in time; a later stop finds that it ended."""
    site.add("/slow", gate)
    live = serve(site)
    client = live.connect().send(request("/slow"))
    gate.await_inside()
    before = time.perf_counter()
    assert live.transport.stop(0.05) is False
    assert time.perf_counter() - before < PATIENCE / 4
    assert client.closed()
    gate.open()
    assert live.transport.stop(PATIENCE) is True
    assert live.counts()["connections"] == 0


def test_stop_leaves_the_socket_to_its_thread(serve, site, gate):
    """A socket is not closed under the thread that will write to it: its number may be reused."""
    site.add("/slow", gate)
    live = serve(site)
    live.connect().send(request("/slow"))
    gate.await_inside()
    live.transport.stop(0.05)
    [connection] = live.transport._hub.connections
    assert connection.sock.fileno() >= 0
    gate.open()
    assert live.transport.stop(PATIENCE)
    assert connection.sock.fileno() == -1


def test_stop_many_times(serve, site):
    """Stopping again, and from many threads at once, is harmless."""
    live = serve(site)
    live.get()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: live.transport.stop(PATIENCE), range(8)))
    assert live.transport.stop(PATIENCE)


def test_stop_from_inside(serve, site):
    """A target that stops its own server does not hang; the server has ended afterwards."""
    results = []
    live = serve(site)
    site.add("/stop", lambda _: results.append(live.transport.stop(0.05)) or "")
    live.connect().send(request("/stop")).rest()
    assert live.transport.stop(PATIENCE)
    assert len(results) == 1


def test_members(serve, site):
    """The transport knows which threads are its own."""
    live = serve(site)
    site.add("/who", lambda _: str(live.transport.is_member()))
    assert live.get("/who").body == b"True"
    assert not live.transport.is_member()


def test_stop_ends_all_threads(serve, site):
    """No thread is left, and the port can be bound again."""
    before = set(threading.enumerate())
    live = serve(site)
    site.places["/"].cost = 1.0
    live.get()
    assert set(threading.enumerate()) - before
    assert live.transport.stop(PATIENCE)
    assert set(threading.enumerate()) <= before
    live.sock.close()
    socket.create_server(live.address, reuse_port=False).close()


def test_stop_in_any_order(serve, site):
    """Servers stop in any order, and a new one starts meanwhile."""
    first, second = serve(site), serve(site)
    assert first.transport.stop(PATIENCE)
    third = serve(site)
    assert second.get().body == third.get().body == b"hello"
    assert third.transport.stop(PATIENCE)
    assert second.transport.stop(PATIENCE)


def test_stop_without_start():
    """A server that never started can be stopped, and then does not start any more."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        transport = HttpTransport(sock, None, Settings(), MessageLog())
        assert transport.stop(PATIENCE)
        transport.start()
        assert transport.counts()["threads"] == 0


def test_start_twice(serve, site):
    """Starting again is harmless."""
    live = serve(site, **PATIENT)
    live.transport.start()
    assert live.get().body == b"hello"
    assert live.counts()["threads"] == 1


def test_stop_after_the_listener_was_closed(serve, site):
    """Whoever closes the listening socket first does no harm."""
    live = serve(site)
    client = live.connect()
    client.get()
    live.sock.close()
    assert client.get().body == b"hello"
    assert live.transport.stop(PATIENCE)


def test_stop_while_clients_ask(serve, site):
    """Stopping in the middle of it all: what is answered is answered whole, and all ends."""
    site.add("/slow", lambda _: time.sleep(0.002) or "slow")
    live = serve(site)
    going = threading.Event()

    def ask(path):
        while True:
            try:
                client = live.connect()
                while True:
                    answer = client.get(path)
                    if answer.status == 200:
                        assert answer.body == (b"slow" if path == "/slow" else b"hello")
                    going.set()
                    if answer.field("Connection") == "close":
                        break
            except (OSError, EOFError):
                return
            if live.transport._hub.stopped:
                return

    threads = [threading.Thread(target=ask, args=[path]) for path in ("/", "/slow") * 3]
    for thread in threads:
        thread.start()
    assert going.wait(PATIENCE)
    assert live.transport.stop(PATIENCE)
    live.sock.close()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert "failed" not in live.log
