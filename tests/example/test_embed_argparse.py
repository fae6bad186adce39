"""The program with a page to follow its work."""

from __future__ import annotations

import json
import re
import threading
from queue import Queue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 30.0  # seconds


def test_its_work_is_followed(load_example: Callable[[str], Any], no_thread_left: None) -> None:
    """While it works; it ends with its work, and the server with it."""
    module = load_example("embed_argparse")
    said: Queue[str] = Queue()
    go_on = threading.Event()
    module.print = lambda *words, **_: said.put(" ".join(words))
    module.time = SimpleNamespace(sleep=lambda seconds: go_on.wait(LIMIT))
    words = ["--steps", "5", "--port", "0"]
    thread = threading.Thread(target=module.main, args=(words,))
    thread.start()
    found = re.search(r"http\S+", said.get(timeout=LIMIT))
    assert found is not None
    assert "<progress>" in requests.get(found[0], timeout=LIMIT).text
    with requests.get(f"{found[0]}progress", timeout=LIMIT, stream=True) as events:
        lines = (line for line in events.iter_lines() if line.startswith(b"data: "))
        assert json.loads(next(lines)[6:]) == {"done": 0, "steps": 5}
        go_on.set()
        assert said.get(timeout=LIMIT) == "done"
    thread.join(LIMIT)
    assert not thread.is_alive()
