"""Runs every case and writes the tables of docs/conformance.rst.

It takes half an hour, nearly all of it for Autobahn's large messages. ``--rfc`` leaves Autobahn
out, and its table as it is; ``--autobahn FILE`` takes the counts of a run of ``autobahn.py --json
FILE`` instead of one of its own. When a case fails nothing is written.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quick_htag.settings import KIB, MIB, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "conformance.rst"

# file, what it is about, where the rules are; in the order of the table
GROUPS = (
    ("request_line", "empty lines, methods, the four forms of targets, versions, other protocols",
     "RFC 9112 2, 3, 8"),
    ("host", "``Host`` missing, twice, in every wrong form", "RFC 9112 3.2"),
    ("fields", "names and values, white space, folding, bare CR and LF, NUL, limits",
     "RFC 9112 5, 9110 5"),
    ("body_length", "``Content-Length`` and ``Transfer-Encoding``, alone and in every conflict",
     "RFC 9112 6"),
    ("chunked", "sizes, line ends, extensions, trailers, pieces", "RFC 9112 7.1"),
    ("connections", "persistence, pipelining, ``100-continue``", "RFC 9112 9, 9110 10.1.1"),
    ("semantics", "methods, HEAD, OPTIONS, 405, 501, status codes, ``Date``",
     "RFC 9110 6 to 9, 15"),
    ("preconditions", "``If-...`` alone and in their order, dates in three forms", "RFC 9110 13"),
    ("ranges", "parts of files, ``If-Range``, 416", "RFC 9110 14"),
    ("negotiation", "``Accept-Encoding`` with weights, ``Vary``", "RFC 9110 12"),
    ("forms", "boundaries, headers of parts, names, file names, character sets, limits; JSON",
     "RFC 7578, 2046, 2388, 8259"),
    ("websocket_handshake", "each field missing and wrong, origins, subprotocols",
     "RFC 6455 4, 10"),
    ("websocket_frames", "masks, lengths, fragments, control frames, closing, UTF-8, floods",
     "RFC 6455 5 to 8"),
    ("websocket_deflate", "offers, compressed messages, bombs", "RFC 7692"),
    ("gui_line", "the same at the address of a live page, and what is no event", "RFC 6455"),
    ("cookies", "odd cookies, attributes of those that are set", "RFC 6265"),
)  # fmt: skip

# setting, and what exceeding it leads to
LIMITS = (
    ("max_request_line", "414"),
    ("max_header_bytes", "431"),
    ("max_header_count", "431"),
    ("header_timeout", "408"),
    ("max_body_size", "413"),
    ("body_timeout", "408"),
    ("body_min_rate", "408"),
    ("keep_alive_timeout", "the connection is closed"),
    ("max_form_parts", "413"),
    ("max_form_text", "413"),
    ("max_part_headers", "400"),
    ("max_file_size", "413"),
    ("max_json_size", "413"),
    ("max_json_depth", "400"),
    ("max_json_digits", "400"),
    ("websocket_max_message", "1009"),
    ("websocket_max_queue", "``send`` waits, a live page is dropped"),
    ("websocket_max_backlog", "1013"),
    ("websocket_max_inbox", "the client is not read from"),
    ("websocket_max_idle_rate", "1008"),
    ("websocket_ping_timeout", "the connection is dropped"),
)


def run_cases() -> Counter[str]:
    """Run the tests; how many there are in each file.

    Raises:
        SystemExit: one failed or was left out.

    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(HERE)]
        command.append(f"--ignore={HERE / 'test_report.py'}")  # looks at what is written here
        done = subprocess.run([*command, f"--junitxml={told}"], cwd=ROOT)
        if done.returncode:
            raise SystemExit(done.returncode)
        found: Counter[str] = Counter()
        for case in ET.parse(told).iter("testcase"):
            if case.find("skipped") is not None:
                raise SystemExit(f"{case.get('name')} was left out")
            found[str(case.get("classname")).rpartition(".test_")[2]] += 1
    return found


def run_autobahn() -> dict[str, Any] | None:
    """Run Autobahn's cases; what it tells, None: its client is not on this machine.

    Raises:
        SystemExit: one failed.

    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        command = [sys.executable, str(HERE / "autobahn.py"), "--json", str(told)]
        done = subprocess.run(command, cwd=ROOT)
        if done.returncode:
            raise SystemExit(done.returncode)
        found: dict[str, Any] = json.loads(told.read_text()) if told.exists() else {}
        return found or None


def table(titles: Sequence[str], widths: str, rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in [titles, *rows]:
        lines += [f"   {'  -' if at else '* -'} {cell}".rstrip() for at, cell in enumerate(row)]
    return [*lines, ""]


def cases_table(counts: Counter[str]) -> list[str]:
    """Our own cases."""
    rows = [
        (f"``test_{name}.py``", what, where, str(counts[name]), "all pass")
        for name, what, where in GROUPS
    ]
    total = sum(counts[name] for name, *_ in GROUPS)
    rows.append(("together", "", "", str(total), "all pass"))
    return table(("file", "about", "rules", "cases", "result"), "22 44 16 8 10", rows)


def autobahn_table(told: dict[str, Any]) -> list[str]:
    """Autobahn's cases, and whether these are all."""
    counts: dict[str, dict[str, dict[str, int]]] = told["counts"]
    which = "Every case was run."
    if told["short"]:
        which = (
            "Run were the cases of ``--short``: all but group 9 and messages above 8 KiB in 12, 13."
        )
    sys.path.insert(0, str(ROOT))
    from tests.conformance.autobahn import GROUPS as NAMES

    outcomes = ("OK", "NON-STRICT", "INFORMATIONAL")
    rows = []
    for agent, title in (("plain", "no"), ("deflate", "yes")):
        for group, found in counts[agent].items():
            cells = [str(found.get(outcome, 0)) for outcome in outcomes]
            rows.append((f"{group}: {NAMES[group]}", title, str(sum(found.values())), *cells, "0"))
    sums = [str(sum(int(row[at]) for row in rows)) for at in range(2, 6)]
    rows.append(("together", "", *sums, "0"))
    titles = ("group", "compression", "cases", "OK", "non-strict", "informational", "failed")
    return [which, "", *table(titles, "32 14 10 10 12 14 10", rows)]


def limits_table() -> list[str]:
    """What is too much, with its default."""
    units = dict(re.findall(r"^    (\w+): .*= .*?#\s+(.*)$", _settings_source(), re.MULTILINE))
    defaults = {field.name: field.default for field in dataclasses.fields(Settings)}
    rows = [
        (f"``{name}``", _number(defaults[name]), then, units[name].replace("``", ""))
        for name, then in LIMITS
    ]
    return table(("setting", "default", "beyond it", "in words"), "24 14 20 42", rows)


def _settings_source() -> str:
    return (ROOT / "quick_htag" / "settings.py").read_text("utf-8")


def _number(value: object) -> str:
    if isinstance(value, int) and value % MIB == 0:
        return f"{value // MIB} MiB"
    if isinstance(value, int) and value % KIB == 0:
        return f"{value // KIB} KiB"
    return f"{value:g}" if isinstance(value, float) else str(value)


def replaced(page: str, name: str, lines: list[str]) -> str:
    """The page with other lines between two comments."""
    begin, end = f".. begin {name}\n", f".. end {name}\n"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{chr(10).join(lines)}\n{end}{after}"


def main() -> int:
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rfc", action="store_true", help="without Autobahn")
    parser.add_argument("--autobahn", type=Path, help="counts of an earlier run")
    options = parser.parse_args()
    told = None
    if options.autobahn is not None:
        told = json.loads(options.autobahn.read_text())
    elif not options.rfc:
        told = run_autobahn()
    page = replaced(PAGE.read_text("utf-8"), "cases", cases_table(run_cases()))
    page = replaced(page, "limits", limits_table())
    if told is not None:
        page = replaced(page, "autobahn", autobahn_table(told))
    PAGE.write_text(page, "utf-8")
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
