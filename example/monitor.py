"""Figures of the machine this runs on, from the operating system and the standard library.

Linux tells all of them in /proc. Elsewhere the nearest thing the standard library can reach is
used, and what cannot be known is None.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 1.0  # seconds between two samples
KEPT = 90  # samples in the chart
ROOT = Path.cwd().anchor  # the disk that is shown


@dataclass(frozen=True)
class Space:
    """How full something is, in bytes."""

    used: int
    total: int

    @property
    def share(self) -> float:
        return self.used / self.total if self.total else 0.0


@dataclass(frozen=True)
class Sample:
    """The machine at one moment."""

    cpu: float | None  # 0 to 1, of all cores together
    memory: Space | None
    disk: Space
    load: tuple[float, float, float] | None  # mean of the last 1, 5 and 15 minutes
    uptime: float | None  # seconds

    def as_json(self) -> dict[str, object]:
        def space(value: Space | None) -> dict[str, int] | None:
            return value and {"used": value.used, "total": value.total}

        return {
            "cpu": self.cpu,
            "cores": os.cpu_count(),
            "memory": space(self.memory),
            "disk": space(self.disk),
            "load": self.load,
            "uptime": self.uptime,
        }


class Monitor:
    """Takes a sample a second on a thread of its own, for all visitors together."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        self._times = cpu_times()
        self._samples: deque[Sample] = deque(maxlen=KEPT)  # appended by the thread only
        self._take()

    def __enter__(self) -> Monitor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def now(self) -> Sample:
        return self._samples[-1]

    @property
    def history(self) -> list[Sample]:
        return list(self._samples.copy())  # in one step, beside the thread that appends

    def _run(self) -> None:
        while not self._ended.wait(INTERVAL):
            self._take()

    def _take(self) -> None:
        before, self._times = self._times, cpu_times()
        usage = shutil.disk_usage(ROOT)
        load = os.getloadavg() if hasattr(os, "getloadavg") else None
        self._samples.append(
            Sample(
                cpu=busy_share(before, self._times, load),
                memory=memory(),
                disk=Space(usage.used, usage.used + usage.free),
                load=load,
                uptime=uptime(),
            )
        )


def cpu_times() -> tuple[float, float] | None:
    """Time the cores have spent (doing nothing, in all), in any unit; None: not to be known."""
    if sys.platform == "win32":
        idle, kernel, user = (ctypes.c_uint64() for _ in range(3))
        ctypes.windll.kernel32.GetSystemTimes(*map(ctypes.byref, (idle, kernel, user)))
        return idle.value, kernel.value + user.value  # kernel time contains the idle time
    try:
        with open("/proc/stat", encoding="ascii") as file:
            times = [int(word) for word in file.readline().split()[1:9]]
    except OSError:
        return None
    return times[3] + times[4], sum(times)  # idle and waiting for a disk


def busy_share(
    before: tuple[float, float] | None,
    after: tuple[float, float] | None,
    load: tuple[float, float, float] | None,
) -> float | None:
    """How busy the cores were between two moments, 0 to 1."""
    if before is None or after is None:  # macOS: as many as would like to run is near enough
        return min(1.0, load[0] / (os.cpu_count() or 1)) if load else None
    idle, total = after[0] - before[0], after[1] - before[1]
    return min(1.0, max(0.0, 1 - idle / total)) if total > 0 else None  # too early


def memory() -> Space | None:
    """Main memory; what the system would give back at once counts as free."""
    if sys.platform == "win32":
        return _memory_of_windows()
    if sys.platform == "darwin":
        return _memory_of_macos()
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            words = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
    except OSError:
        return None
    return Space(words["MemTotal"] - words["MemAvailable"], words["MemTotal"])


def _memory_of_windows() -> Space:
    class Status(ctypes.Structure):
        _fields_ = (
            [("length", ctypes.c_uint32), ("load", ctypes.c_uint32)]
            + [("total", ctypes.c_uint64), ("free", ctypes.c_uint64)]
            + [(f"other{number}", ctypes.c_uint64) for number in range(5)]
        )

    status = Status(length=ctypes.sizeof(Status))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return Space(status.total - status.free, status.total)


def _memory_of_macos() -> Space:
    page = os.sysconf("SC_PAGE_SIZE")
    total = page * os.sysconf("SC_PHYS_PAGES")
    told = subprocess.check_output(["vm_stat"], text=True, timeout=5)
    pages = dict(line.rstrip(".").split(":") for line in told.splitlines()[1:] if ":" in line)
    free = sum(int(pages.get(f"Pages {kind}", 0)) for kind in ("free", "inactive", "speculative"))
    return Space(total - free * page, total)


def uptime() -> float | None:
    """Seconds since the machine was started."""
    if sys.platform == "win32":
        return ctypes.windll.kernel32.GetTickCount64() / 1000
    try:
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    except OSError:
        return None


def machine() -> tuple[str, str]:
    """Name of the machine, and what it is."""
    cores = os.cpu_count() or 1
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return platform.node(), f"{system} · {platform.machine()} · {cores} core{'s' * (cores > 1)}"


MONITOR = Monitor()
