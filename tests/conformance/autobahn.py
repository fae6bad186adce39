"""Autobahn's fuzzing client against websockets of a server, without and with compression.

``autobahn.py`` runs all cases, ``--short`` those that take two minutes together. ``--json FILE``
writes the counts. The client needs Python 2.7, which few machines have; without one this says so
and ends well. Fails when a case is worse than NON-STRICT.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from quick_htag import QuickServer, create_server
from quick_htag.settings import MIB, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quick_htag import WebSocket

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".env-autobahn"
PACKAGE = "autobahntestsuite==25.10.1"
MAKER = "virtualenv<20.22"  # the last that makes environments for Python 2.7
SHORT, LONG = 600, 5400  # seconds until a run is given up
INSTALL = 600  # seconds until a step of an installation is given up
ATTEMPTS = 3  # many cases must be done within a second, which a busy machine may take
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}
GROUPS = {
    "1": "messages of every length",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "opcodes",
    "5": "fragments",
    "6": "UTF-8",
    "7": "closing",
    "9": "large and many messages",
    "10": "automatic fragments",
    "12": "compression",
    "13": "options of compression",
}
PLAIN = [f"{group}.*" for group in (1, 2, 3, 4, 5, 6, 7, 10)]
SIZES = range(1, 7)  # of the messages of groups 12 and 13, in eighteen steps
SMALL = [f"12.{kind}.{size}" for kind in range(1, 6) for size in SIZES] + [
    f"13.{kind}.{size}" for kind in range(1, 8) for size in SIZES
]
# what runs at the same time, each in a client of its own
SHORT_PARTS = (("plain", PLAIN), ("deflate", PLAIN + SMALL))
LONG_PARTS = (
    ("plain", [*PLAIN, "9.*"]),
    ("deflate", [*PLAIN, "9.*"]),
    ("deflate", ["12.1.*", "12.2.*", "12.4.*"]),
    ("deflate", ["12.3.*", "12.5.*"]),
    ("deflate", ["13.1.*", "13.2.*", "13.3.*"]),
    ("deflate", ["13.4.*", "13.5.*", "13.6.*", "13.7.*"]),
)


class Result(NamedTuple):
    """How one case ended.

    Attributes:
        agent: "plain" or "deflate", which is also the address.
        case: its number.
        behavior: of the messages.
        closing: of the end.

    """

    agent: str
    case: str
    behavior: str
    closing: str

    @property
    def good(self) -> bool:
        """Whether it is no worse than NON-STRICT."""
        return self.behavior in GOOD and self.closing in GOOD

    @property
    def group(self) -> str:
        """The first part of its number."""
        return self.case.partition(".")[0]


def start() -> QuickServer:
    """A server that sends back what it gets."""
    server = create_server(("127.0.0.1", 0), settings=Settings(websocket_max_message=32 * MIB))
    server.no_command_loop = True
    server.suppress_noise = True

    @server.websocket("/plain")
    def plain(ws: WebSocket) -> None:
        for message in ws:
            ws.send(message)

    @server.websocket("/deflate", compression="deflate")
    def deflate(ws: WebSocket) -> None:
        for message in ws:
            ws.send(message)

    server.start()
    return server


def find_client() -> Path | None:
    """The program, installed if need be; None: not on this machine, and it was said why."""
    program = ENVIRONMENT / "py27" / "bin" / "wstest"
    stamp = ENVIRONMENT / f"stamp-{PACKAGE}"
    if stamp.exists():
        return program
    found = subprocess.run(
        ["sh", str(ROOT / ".ci" / "find_python"), "2.7"], capture_output=True, text=True
    )
    if found.returncode:
        print("Autobahn's cases are left out: there is no Python 2.7 here")
        return None
    maker, python = ENVIRONMENT / "maker" / "bin", found.stdout.strip()
    steps: list[list[str]] = [
        [sys.executable, "-m", "venv", "--clear", str(maker.parent)],
        [str(maker / "python"), "-m", "pip", "install", "--quiet", MAKER],
        [str(maker / "virtualenv"), "--quiet", "--python", python, str(program.parent.parent)],
        [str(program.parent / "python"), "-m", "pip", "install", "--quiet", PACKAGE],
    ]
    for step in steps:
        try:
            subprocess.run(step, check=True, timeout=INSTALL)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"Autobahn's cases are left out: its client cannot be installed: {error}")
            return None
    stamp.touch()
    return program


class Run:
    """One run of the client for some cases at one address.

    Args:
        client: the program.
        folder: where it may write.
        agent: the address, see ``Result``.
        port: of the server.
        cases: numbers or patterns.

    """

    def __init__(
        self, client: Path, folder: Path, agent: str, port: int, cases: Iterable[str]
    ) -> None:
        self._agent = agent
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        spec = self._folder / "spec.json"
        spec.write_text(
            json.dumps(
                {
                    "outdir": str(self._folder / "report"),
                    "servers": [{"agent": agent, "url": f"ws://127.0.0.1:{port}/{agent}"}],
                    "cases": list(cases),
                    "exclude-cases": [],
                    "exclude-agent-cases": {},
                }
            )
        )
        with (self._folder / "output").open("w") as output:
            self._process = subprocess.Popen(
                [str(client), "-m", "fuzzingclient", "-s", str(spec)],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def results(self, timeout: float) -> list[Result]:
        """Wait for the end.

        Raises:
            SystemExit: it took too long, or told nothing.

        """
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            self._fail(f"is not done after {timeout:.0f} seconds")
        index = self._folder / "report" / "index.json"
        if not index.exists():
            self._fail("told nothing")
        found: dict[str, Any] = json.loads(index.read_text())[self._agent]
        return [
            Result(self._agent, case, told["behavior"], told["behaviorClose"])
            for case, told in found.items()
        ]

    def _fail(self, what: str) -> None:
        print((self._folder / "output").read_text()[-2000:])
        raise SystemExit(f"Autobahn's client for {self._agent} {what}")


def run_all(client: Path, port: int, *, short: bool) -> list[Result]:
    """Every case at both addresses; one that was bad is run again, alone."""
    limit = time.monotonic() + (SHORT if short else LONG)
    parts = SHORT_PARTS if short else LONG_PARTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = [Run(client, folder, agent, port, cases) for agent, cases in parts]
        results = [one for run in runs for one in run.results(limit - time.monotonic())]
        for _ in range(ATTEMPTS - 1):
            bad = [one for one in results if not one.good]
            for one in bad:
                again = Run(client, folder, one.agent, port, [one.case])
                results.remove(one)
                results += again.results(limit - time.monotonic())
    return results


def counts(results: list[Result]) -> dict[str, dict[str, dict[str, int]]]:
    """How often each outcome was there, by address and group."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for agent in ("plain", "deflate"):
        mine = [one for one in results if one.agent == agent]
        found[agent] = {
            group: dict(Counter(one.behavior for one in mine if one.group == group))
            for group in GROUPS
            if any(one.group == group for one in mine)
        }
    return found


def main() -> int:
    """Run, print, write; 1 when a case is bad."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="two minutes instead of half an hour")
    parser.add_argument("--json", type=Path, help="write the counts to this file")
    options = parser.parse_args()
    client = find_client()
    if client is None:
        return 0
    started = time.monotonic()
    server = start()
    try:
        results = run_all(client, server.server_address[1], short=options.short)
    finally:
        server.shutdown()
        server.server_close()
    told = counts(results)
    for agent, groups in told.items():
        for group, outcomes in groups.items():
            listed = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
            print(f"{agent:8} {group:>3} {GROUPS[group]:26} {listed}")
    print(f"{len(results)} cases in {time.monotonic() - started:.0f} seconds")
    if options.json is not None:
        options.json.write_text(json.dumps({"short": options.short, "counts": told}))
    bad = [one for one in results if not one.good]
    for one in bad:
        print(f"bad: {one.agent} {one.case}: {one.behavior}, closing {one.closing}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
