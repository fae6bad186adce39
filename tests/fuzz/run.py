"""Lets atheris look for inputs that break a promise: ``make fuzz TARGET=head SECONDS=60``.

What it finds is written to ``tests/fuzz/found/TARGET/``; it stays there when the fault is cured, as
``test_found.py`` tries all of it. What has led to new places in the code is kept in ``.fuzz/``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["quick_htag"]):
    from tests.fuzz import targets
    from tests.fuzz.seeds import SEEDS


def main(names: list[str], seconds: int) -> int:
    """Run each target, in a process of its own: libFuzzer ends the one it runs in.

    Returns:
        the number of targets that broke a promise.

    """
    failed = 0
    for name in names:
        found, kept = ROOT / "tests" / "fuzz" / "found" / name, ROOT / ".fuzz" / name
        kept.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(SEEDS.get(name, ())):
            (kept / f"seed-{number}").write_bytes(seed)
        print(f"== {name}, {seconds} seconds", flush=True)
        child = os.fork()
        if child == 0:
            _fuzz(name, [kept, *([found] if found.is_dir() else [])], seconds)
        _, status = os.waitpid(child, 0)
        failed += status != 0
    return failed


def _fuzz(name: str, corpora: list[Path], seconds: int) -> None:
    artifacts = ROOT / "tests" / "fuzz" / "found" / name
    artifacts.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", "-rss_limit_mb=0"]
    options += ["-print_final_stats=1", f"-artifact_prefix={artifacts}/"]
    words = Path(__file__).with_name("words.dict")
    arguments = [sys.argv[0], *options, f"-dict={words}", *map(str, corpora)]
    atheris.Setup(arguments, lambda data: targets.run(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else "all"
    chosen = list(targets.TARGETS) if wanted == "all" else wanted.split(",")
    if unknown := set(chosen) - set(targets.TARGETS):
        sys.exit(f"no target {', '.join(sorted(unknown))}; there are {', '.join(targets.TARGETS)}")
    sys.exit(main(chosen, int(sys.argv[2]) if len(sys.argv) > 2 else 60))
