"""The example of HTTPS serves with a certificate, and plain HTTP beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "example" / "https" / "main.py"


def test_example_runs(authority: Any) -> None:
    """Started as a user starts it: plain HTTP leads to HTTPS, which is renewed."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", MAIN, authority.certfile, authority.keyfile, "0", "0"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = iter(process.stderr.readline, "")
        plain, secure = next(filter(None, (re.findall(r"https?://\S+", line) for line in said)))
        assert secure in requests.get(plain, timeout=30).text
        answer = requests.get(f"{secure}secure", timeout=30, verify=authority.root)
        assert answer.json() == {"scheme": "https", "url": f"{secure}secure"}
        _, rest = process.communicate("renew\nquit\n", timeout=20)
        assert "new connections get the certificate" in rest
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
