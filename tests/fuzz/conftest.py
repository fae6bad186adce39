"""How long hypothesis looks: the suite always tries the same few inputs, ``FUZZ=long`` new ones.

No input has a deadline, so a busy machine changes nothing.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}
settings.register_profile("suite", derandomize=True, max_examples=60, **COMMON)
settings.register_profile("long", derandomize=False, max_examples=5000, **COMMON)
settings.load_profile(os.environ.get("FUZZ", "suite"))
