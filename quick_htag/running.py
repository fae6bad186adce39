"""What runs now."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any, Final

_tasks: Any = asyncio.tasks

# asked five times for a click, and eight times for each tag that is made; before 3.12
# ``current_task`` is a function of Python, which looks there
task_of: Final[Callable[[Any], asyncio.Task[Any] | None]] = (
    asyncio.current_task if sys.version_info >= (3, 12) else _tasks._current_tasks.get
)
"""The task that a loop, which runs on this thread, makes a step of; None: of none."""
