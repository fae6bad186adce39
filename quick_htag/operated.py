"""A server as those see it who operate it: its state, its log, and what it reads again."""

from __future__ import annotations

from .log_methods import LogMethods
from .monitor_methods import MonitorMethods
from .reload_methods import ReloadMethods


class Operated(MonitorMethods, LogMethods, ReloadMethods):
    """Base of ``QuickServer``, and what the commands of the prompt are given."""
