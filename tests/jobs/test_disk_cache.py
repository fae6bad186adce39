"""The cache in a file."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, WorkerDeath
from quick_htag.jobs.context import running
from quick_htag.jobs.disk_cache import DiskCache

TIMEOUT = 30
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def make(tmp_path: Path, clock: Any, no_thread_left: None) -> Iterator[Callable[..., DiskCache]]:
    """``make(**options)``: a cache in the same file each time."""
    made: list[DiskCache] = []

    def start(**options: Any) -> DiskCache:
        made.append(DiskCache(tmp_path / "cache.db", **{"clock": clock, **options}))
        return made[-1]

    yield start
    for cache in made:
        cache.close()


def _keep(cache: DiskCache, cache_id: Any, text: str, **where: Any) -> str:
    with cache.get_hnd(cache_id, **where) as entry:
        return entry.read() if entry.has() else entry.write(text)


def test_a_result_is_kept(make: Any) -> None:
    """For this object, and for the next."""
    assert _keep(make(), {"a": 1, "b": 2}, "first") == "first"
    assert _keep(make(), {"b": 2, "a": 1}, "second") == "first"


def test_parts_are_separate(make: Any) -> None:
    """The same id in another section is another result; sections are cleared one by one."""
    cache = make()
    _keep(cache, 1, "x", section="a")
    assert _keep(cache, 1, "y", section="b", method="string") == "y"
    assert cache.list_sections() == ["a", "b"]
    cache.clean_cache("a")
    assert cache.list_sections() == ["b"]
    cache.clean_cache()
    assert (cache.list_sections(), cache.size()) == ([], 0)


def test_results_grow_old(make: Any, clock: Any) -> None:
    """After ``ttl`` they are made anew."""
    cache = make(ttl=10.0)
    _keep(cache, 1, "old")
    clock.advance(9.0)
    assert _keep(cache, 1, "new") == "old"
    clock.advance(2.0)
    assert _keep(cache, 1, "new") == "new"


def test_the_quota_is_kept(make: Any, clock: Any) -> None:
    """The longest unused make room; what is larger than all of it is not kept."""
    cache = make(quota=1000)
    for number in range(3):
        _keep(cache, number, "x" * 300)
        clock.advance(100.0)
    _keep(cache, 0, "")  # used again
    _keep(cache, 3, "y" * 300)
    assert _keep(cache, 0, "new") == "x" * 300
    assert _keep(cache, 1, "new") == "new"
    assert _keep(cache, "large", "z" * 2000) == "z" * 2000
    assert cache.size() <= 1000


def test_one_computes_and_the_others_wait(make: Any) -> None:
    """Threads, and objects of their own as other processes have them."""
    computed, results = [], []

    def work(cache: DiskCache) -> None:
        with cache.get_hnd("key") as entry:
            if not entry.has():
                computed.append(1)
                entry.write("made")
            results.append(entry.read())

    caches = [make(), make()]
    threads = [threading.Thread(target=work, args=(caches[one % 2],)) for one in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert (computed, results) == ([1], ["made"] * 8)


def test_a_failure_keeps_nothing(make: Any) -> None:
    """And the next may try at once."""
    cache = make()
    with pytest.raises(ValueError, match="no"), cache.get_hnd(1):
        raise ValueError("no")
    assert _keep(cache, 1, "x") == "x"


def test_who_waits_can_be_stopped(make: Any, link: Any) -> None:
    """A job that nobody wants any more does not wait for another."""
    cache, other = make(), make()
    link.wanted = False
    with cache.get_hnd(1), running(link), pytest.raises(WorkerDeath), other.get_hnd(1):
        pass


def test_patience_has_an_end(make: Any) -> None:
    """Then the result is computed twice, and that is all."""
    cache, other = make(), make(wait=0.01)
    with cache.get_hnd(1) as entry:
        assert _keep(other, 1, "ours") == "ours"
        entry.write("theirs")


def test_it_goes_to_other_processes(make: Any) -> None:
    """As the way to its file."""
    cache = make()
    _keep(cache, 1, "x")
    with pickle.loads(pickle.dumps(cache)) as copy:
        assert _keep(copy, 1, "y") == "x"


COUNT = """
import sys, time
from quick_htag import DiskCache
with DiskCache(sys.argv[1], lease=0.5) as cache:
    print("ready", flush=True)
    sys.stdin.readline()
    with cache.get_hnd("key") as entry:
        if not entry.has():
            print("computes", flush=True)
            if sys.argv[2] == "hang":
                time.sleep(1000)
            time.sleep(0.1)
            entry.write("made")
    print(entry.read(), flush=True)
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """``process(how)``: one that wants a result when it is written a line."""
    made: list[subprocess.Popen[str]] = []

    def start(how: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", COUNT, str(tmp_path / "shared.db"), how]
        pipe = subprocess.PIPE
        one = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        made.append(one)
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
        return one

    yield start
    for one in made:
        one.kill()
        one.communicate()


def test_processes_compute_once(process: Any) -> None:
    """Whoever comes first."""
    both = [process("quick"), process("quick")]
    for one in both:
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=TIMEOUT)[0] for one in both]
    assert "".join(said).count("computes") == 1
    assert all(text.endswith("made\n") for text in said)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_crash_leaves_nothing_half(process: Any, tmp_path: Path) -> None:
    """The next one waits a little, then computes."""
    victim = process("hang")
    victim.stdin.write("go\n")
    victim.stdin.flush()
    assert victim.stdout.readline() == "computes\n"
    os.kill(victim.pid, signal.SIGKILL)
    with DiskCache(tmp_path / "shared.db", wait=TIMEOUT) as cache:
        assert _keep(cache, "key", "ours") == "ours"


@pytest.mark.parametrize("options", [{"quota": 0}, {"ttl": 0.0}, {"wait": -1.0}])
def test_numbers_that_cannot_work(tmp_path: Path, options: Any) -> None:
    """Are refused."""
    with pytest.raises(ConfigurationError):
        DiskCache(tmp_path / "none.db", **options)


def test_an_id_is_json(make: Any) -> None:
    """The error says so."""
    with pytest.raises(ConfigurationError, match="JSON"), make().get_hnd({1, 2}):
        pass
