"""One thread leads, others work, and a blocked leader is replaced."""

from __future__ import annotations

import gc
import queue
import threading
import weakref

import pytest

from quick_htag.settings import Settings
from quick_htag.transports.crew import Crew

PATIENCE = 20.0
SOON = 0.001  # watchdog interval


class Target:
    """Something that requests are aimed at."""

    body_limit = 0

    def __init__(self, cost=0.0):
        self.cost = cost


class Lead:
    """A leader that does what it is told."""

    def __init__(self):
        self.orders = queue.Queue()
        self.terms = queue.Queue()  # as they begin

    def __call__(self, term):
        self.terms.put(term)
        while self.orders.get(timeout=PATIENCE)(term):
            continue

    def wake(self):
        self.orders.put(lambda _: False)

    def begun(self):
        """Wait until somebody leads."""
        return self.terms.get(timeout=PATIENCE)


@pytest.fixture
def lead():
    """A leader that waits for orders."""
    return Lead()


@pytest.fixture
def crew(lead, no_thread_left):
    """``crew(**settings)`` starts a crew whose leader waits for orders."""
    crews = []

    def start(**settings):
        crews.append(Crew(Settings(watchdog_interval=SOON, **settings), lead))
        crews[-1].start()
        assert lead.begun() == 1
        return crews[-1]

    yield start
    for one in crews:
        lead.wake()
        assert one.stop(PATIENCE, lead.wake)


def done(crew, count=1):
    """Wait until so much work submitted from now on is done."""
    events = [threading.Event() for _ in range(count)]
    for event in events:
        crew.submit(event.set)
    assert all(event.wait(PATIENCE) for event in events)


def test_work_runs_on_another_thread(crew):
    """A worker runs what is submitted, and is not the leader."""
    names, crew = queue.Queue(), crew()
    crew.submit(lambda: names.put(threading.current_thread().name))
    name = names.get(timeout=PATIENCE)
    assert name.startswith("quick_htag-worker-")
    assert name != "quick_htag-worker-1"  # the leader


def test_order(crew):
    """A single worker keeps the order of submission."""
    crew, found = crew(max_threads=1), []
    for number in range(100):
        crew.submit(lambda number=number: found.append(number))
    done(crew)
    assert found == list(range(100))


def test_threads_up_to_the_limit(crew, gate):
    """There are as many workers as there is work, at most the limit, and one that leads."""
    crew = crew(max_threads=3)
    for _ in range(3):
        crew.submit(gate)
    gate.await_inside(3)
    crew.submit(gate)
    assert crew.counts() == (4, 0)
    gate.open()
    done(crew)


def test_waiting_workers_are_used(crew, until):
    """A worker that waits takes the next work; no thread is started for it."""
    crew = crew()
    for _ in range(20):
        done(crew)
        until(lambda: crew.counts() == (2, 1))


def test_every_piece_of_work_is_taken(crew):
    """Nothing is forgotten when work comes in bursts."""
    crew = crew(max_threads=4)
    for _ in range(200):
        done(crew, 10)


def test_idle_workers_end(crew, until):
    """Workers without work end after a while; later work finds new ones."""
    crew = crew(thread_idle_timeout=0.01)
    done(crew, 5)
    until(lambda: crew.counts() == (1, 0))
    done(crew)


def test_work_is_not_kept(crew):
    """An idle worker does not hold what it worked on."""
    crew, thing = crew(), Target()
    ref = weakref.ref(thing)
    crew.submit(lambda thing=thing: thing.cost)
    del thing
    done(crew, 3)
    gc.collect()
    assert ref() is None


def test_quick_target(crew, lead):
    """A leader whose target returned still leads."""
    crew, results = crew(), queue.Queue()

    def order(term):
        crew.begin(Target(), crew.clock())
        results.put(crew.end(term))
        return True

    lead.orders.put(order)
    assert results.get(timeout=PATIENCE) is True
    assert crew.term == 1


def block(crew, lead, gate):
    """Let the leader run a target that waits at the gate; gives it, and what ``end`` says later."""
    target, results = Target(), queue.Queue()

    def order(term):
        crew.begin(target, crew.clock())
        gate()
        results.put(crew.end(term))
        return False

    lead.orders.put(order)
    gate.await_inside()
    return target, results


def test_blocked_leader_is_replaced(crew, lead, gate):
    """Another thread leads while a target blocks; the target's cost is known at once."""
    crew = crew()
    target, results = block(crew, lead, gate)
    assert lead.begun() == 2
    assert target.cost >= SOON
    assert results.empty()
    gate.open()
    assert results.get(timeout=PATIENCE) is False


def test_old_leader_becomes_a_worker(crew, lead, gate, until):
    """A leader that lost the lead takes work when its target has returned."""
    crew = crew(max_threads=1)
    block(crew, lead, gate)
    assert lead.begun() == 2
    gate.open()
    until(lambda: crew.counts() == (2, 1))
    done(crew)
    assert crew.counts()[0] == 2


def test_leader_is_replaced_beyond_the_limit(crew, lead, gate):
    """The thread limit does not leave the server without a leader."""
    crew = crew(max_threads=1)
    crew.submit(gate)
    gate.await_inside()
    _, results = block(crew, lead, gate)
    assert lead.begun() == 2
    gate.open()
    assert results.get(timeout=PATIENCE) is False


def test_watchdog_sleeps(crew, lead, gate, until):
    """An idle crew makes no wake-ups; the next target that blocks is noticed all the same."""
    crew = crew()
    until(lambda: crew._watchdog_asleep)
    block(crew, lead, gate)
    assert lead.begun() == 2


def test_watchdog_sleeps_while_workers_work(crew, gate, until):
    """Long work on a worker is nothing to watch."""
    crew = crew()
    crew.submit(gate)
    until(lambda: crew._watchdog_asleep)


def test_coarse_clock(lead):
    """A target is not taken for the one before it because the clock stood still."""
    targets = [Target(), Target()]

    def clock():
        crew.end(0)  # the leader goes on just while the watchdog looks
        crew.begin(targets[1], 100.0)
        return 101.0

    crew = Crew(Settings(), lead, clock=clock)
    crew.begin(targets[0], 100.0)
    crew._check_leader()
    assert (crew.term, targets[1].cost) == (0, 0.0)


def test_leader_that_fails_is_replaced(crew, lead, monkeypatch):
    """Whatever ends the leader, another one begins."""
    failed = queue.Queue()
    monkeypatch.setattr(threading, "excepthook", failed.put)
    crew = crew()
    lead.orders.put(lambda _: 1 // 0)
    assert lead.begun() == 2
    assert failed.get(timeout=PATIENCE).exc_type is ZeroDivisionError
    assert crew.counts()[0] == 1


def test_work_that_fails(crew, monkeypatch, until):
    """A worker that dies is not counted for ever."""
    failed = queue.Queue()
    monkeypatch.setattr(threading, "excepthook", failed.put)
    crew = crew(max_threads=1)
    crew.submit(lambda: 1 // 0)
    assert failed.get(timeout=PATIENCE).exc_type is ZeroDivisionError
    until(lambda: crew.counts()[0] == 1)
    done(crew)


def test_no_thread_to_be_had(crew, monkeypatch):
    """Whoever submits work learns that nobody can do it."""
    crew = crew()

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            crew.submit(print)
    done(crew)


def test_no_thread_for_a_new_leader(crew, lead, gate, monkeypatch):
    """When no thread can be had the old leader leads again after its target."""
    crew = crew()

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        _, results = block(crew, lead, gate)
        while crew.term == 1:
            threading.Event().wait(SOON)
        gate.open()
        assert results.get(timeout=PATIENCE) is False
        assert lead.begun() == 2


@pytest.mark.parametrize(
    ("cost", "elapsed", "expected"),
    [
        (0.0, 0.0005, 0.0),
        (0.0, 0.5, 0.001),
        (0.001, 0.5, 0.5),
        (0.001, 0.0005, 0.0),
        (0.5, 0.2, 0.5),
        (0.5, 0.0005, 0.35),
        (0.0009, 0.0005, 0.0),
        (float("inf"), 0.0005, float("inf")),
        (float("inf"), 0.5, float("inf")),
    ],
)
def test_cost(lead, cost, elapsed, expected):
    """Slow twice is slow for a while, quick again and again is quick, always slow stays so."""
    target = Target(cost)
    Crew(Settings(inline_limit=0.001), lead).note_cost(target, elapsed)
    assert target.cost == pytest.approx(expected)


def test_member(crew):
    """The crew knows its threads."""
    crew, found = crew(), queue.Queue()
    crew.submit(lambda: found.put(crew.is_member()))
    assert found.get(timeout=PATIENCE)
    assert not crew.is_member()


def test_stop_drops_work(crew, lead, gate):
    """Work that has not begun does not begin any more."""
    crew, found = crew(max_threads=1), []
    crew.submit(gate)
    gate.await_inside()
    crew.submit(lambda: found.append(1))

    def wake():
        gate.open()  # it has dropped what it was to drop
        lead.wake()

    assert crew.stop(PATIENCE, wake)
    assert found == []


def test_stop_gives_up(crew, lead, gate):
    """A thread that is stuck is left behind; a later stop finds it ended."""
    crew = crew()
    crew.submit(gate)
    gate.await_inside()
    assert not crew.stop(0.01, lead.wake)
    gate.open()
    assert crew.stop(PATIENCE, lead.wake)


def test_stop_from_inside(crew, lead):
    """A thread of the crew does not wait for itself."""
    crew, results = crew(), queue.Queue()
    crew.submit(lambda: results.put(crew.stop(PATIENCE, lead.wake)))
    assert results.get(timeout=PATIENCE) is True


def test_who_is_away_is_not_counted(crew):
    """While a worker waits for a client, the limit on threads holds for the others."""
    one = crew(max_threads=1)
    inside, leave, worked = threading.Event(), threading.Event(), threading.Event()

    def wait_for_client():
        with one.away():
            inside.set()
            leave.wait(PATIENCE)

    one.submit(wait_for_client)
    assert inside.wait(PATIENCE)
    one.submit(worked.set)
    assert worked.wait(PATIENCE)
    leave.set()


def test_work_that_waited_begins_when_a_worker_is_away(crew):
    """What came before the only worker had to wait does not wait with it."""
    one = crew(max_threads=1)
    queued, leave, worked = threading.Event(), threading.Event(), threading.Event()

    def wait_for_client():
        queued.wait(PATIENCE)
        with one.away():
            leave.wait(PATIENCE)

    one.submit(wait_for_client)
    one.submit(worked.set)
    queued.set()
    assert worked.wait(PATIENCE)
    leave.set()
