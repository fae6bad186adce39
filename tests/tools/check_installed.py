"""Fails when this environment has a package that installing quick_htag did not need."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distribution, distributions

OURS = {"quick-htag", "htag", "websockets", "pycryptodomex"}
TOOLS = {"pip", "setuptools", "wheel"}  # part of a new environment


def plain(name: str) -> str:
    """The name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needs(name: str) -> set[str]:
    """What a package asks for, extras left out, with what that asks for."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for line in distribution(waiting.pop()).requires or []:
            required = plain(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
            if "extra ==" not in line and required not in found:
                found.add(required)
                waiting += [required] if is_installed(required) else []
    return found


def is_installed(name: str) -> bool:
    """Whether a package is in this environment."""
    return any(plain(found.metadata["Name"]) == name for found in distributions())


def main() -> int:
    """Compare what is there with what is declared."""
    installed = {plain(found.metadata["Name"]) for found in distributions()} - TOOLS
    declared = {
        plain(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
        for line in distribution("quick_htag").requires or []
        if "extra ==" not in line
    }
    if declared != OURS - {"quick-htag"}:
        print(f"quick_htag asks for {sorted(declared)}", file=sys.stderr)
        return 1
    extra = installed - OURS - needs("htag")
    if extra or not installed >= OURS:
        print(f"installed: {sorted(installed)}; unexpected: {sorted(extra)}", file=sys.stderr)
        return 1
    print("installed:", *sorted(installed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
