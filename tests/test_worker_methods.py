"""A server that has workers, in a process that is none of them."""

from __future__ import annotations

import threading

import pytest

from quick_htag import ConfigurationError, MemoryStore, create_server


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", True])
def test_workers_are_counted_from_one(workers):
    """What is no number of processes is refused."""
    with pytest.raises(ConfigurationError, match="workers is a number from 1 on"):
        create_server(("", 0), workers=workers)


def test_a_server_of_a_host_has_none():
    """The host has them."""
    with pytest.raises(ConfigurationError, match="called by another one"):
        create_server(None, workers=2)


def test_a_store_in_memory_is_refused():
    """Other workers would not see it."""
    with pytest.raises(ConfigurationError, match="in the memory of one process"):
        create_server(("", 0), workers=2, store=MemoryStore())


@pytest.fixture
def first():
    """The server of a program that has not come to its workers."""
    server = create_server(("", 0), workers=2)
    yield server
    server.server_close()


def test_an_app_that_only_one_worker_has_is_refused(first, app_name):
    """Its pages come to any of them."""
    for isolation in ("thread", "loop"):
        with pytest.raises(ConfigurationError, match="keeps an app in one worker"):
            first.bind_htag("/", app_name, isolation=isolation)


def test_the_first_process_does_not_serve(first, capsys):
    """``start`` says so; the address may be asked for."""
    first.start()
    assert "begins to serve with serve_forever" in capsys.readouterr().err
    assert first.url.startswith("http://127.0.0.1:")
    assert not first._transport.started
    assert first.worker is None


def test_another_thread_cannot_become_the_supervisor(first):
    """The process is the main thread's."""
    found = []

    def serve():
        try:
            first.serve_forever()
        except ConfigurationError as error:
            found.append(str(error))

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join(10.0)
    assert found == ["workers=2 belongs into the serve_forever of the main thread"]


def test_another_server_has_to_have_workers_too(first):
    """Each worker would serve it for itself."""
    other = create_server(("", 0))
    try:
        with pytest.raises(ConfigurationError, match="give that"):
            first.serve_forever()
    finally:
        other.server_close()


def test_a_server_without_workers_is_no_worker(live_server):
    """Nothing is different for it."""
    assert live_server.worker is None
