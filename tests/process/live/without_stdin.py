"""A program whose standard input is closed before it begins."""

import os
import sys

if sys.stdin is not None:
    os.close(0)
    os.execv(sys.executable, [sys.executable, *sys.argv])

from pathlib import Path
from runpy import run_path

sys.argv = [sys.argv[0], "interrupt", ""]
run_path(str(Path(__file__).with_name("prompting.py")))
