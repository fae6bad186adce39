"""What encrypting a message costs the server, beside the XOR of htag 2. Prints one line for each.

python tests/bench/cipher_bench.py
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from quick_htag.cipher import TO_SERVER, Cipher

ROUNDS = 7
SIZES = {"70 bytes": (70, 500), "1 MB": (1_000_000, 5)}  # length, messages in a round


def best(messages, work):
    """Microseconds for one message, in the best round."""
    times = []
    for _ in range(ROUNDS):
        todo = messages()
        started = time.perf_counter()
        for message in todo:
            work(message)
        times.append((time.perf_counter() - started) / len(todo))
    return min(times) * 1e6


def ours(text, count):
    """Encrypting and decrypting, with what both sides of a page do to JSON."""
    server, page = Cipher("password", "page"), Cipher("password", "page", TO_SERVER)
    value = {"p": text}
    sealed = best(lambda: [value] * count, lambda one: server.seal(json.dumps(one)))
    received = [json.dumps(value)] * count
    opened = best(
        lambda: [page.seal(one) for one in received], lambda one: json.loads(server.open(one))
    )
    return sealed, opened


def peers(text, count):
    """The same in htag 2; None where it is not installed."""
    try:
        from htag.utils import _obf_dumps, _obf_loads
    except ImportError:
        return None
    key, value = "0123456789abcdef", {"p": text}
    sealed = best(lambda: [value] * count, lambda one: _obf_dumps(one, key))
    message = _obf_dumps(value, key)
    return sealed, best(lambda: [message] * count, lambda one: _obf_loads(one, key))


def main():
    """Print every line."""
    for name, (size, count) in SIZES.items():
        for who, found in (
            ("quick_htag", ours("x" * size, count)),
            ("htag 2", peers("x" * size, count)),
        ):
            if found is not None:
                print(f"{name:9} {who:10} out {found[0]:10.1f} us   in {found[1]:10.1f} us")


if __name__ == "__main__":
    main()
