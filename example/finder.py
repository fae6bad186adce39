"""Finds the largest files below a folder, on a thread, so nobody waits for the disk."""

from __future__ import annotations

import asyncio
import errno
import heapq
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import view

Found = list[tuple[int, str]]  # sizes in bytes and paths below the folder, largest first


class Search:
    """One search. ``run`` on any thread; everything else from any other meanwhile.

    Links are not followed and other disks not entered, so it always comes to an end.

    Raises:
        OSError: the folder cannot be read.

    """

    def __init__(self, folder: str, count: int = 12) -> None:
        if "\0" in folder:
            raise OSError(errno.EINVAL, "no path has such a character")
        self.folder = Path(folder).expanduser().absolute()
        self.seen = 0  # files so far
        self.skipped = 0  # folders that are not ours to read
        self._count = count
        self._cancelled = threading.Event()
        with os.scandir(self.folder):  # complains at once and not later
            self._disk = self.folder.stat().st_dev

    def cancel(self) -> None:
        self._cancelled.set()

    def run(self) -> Found:
        largest = heapq.nlargest(self._count, self._files())
        return [(size, os.path.relpath(path, self.folder)) for size, path in largest]

    def _files(self) -> Iterator[tuple[int, str]]:
        waiting = [str(self.folder)]
        while waiting:
            try:
                with os.scandir(waiting.pop()) as entries:
                    for entry in entries:
                        if self._cancelled.is_set():
                            return
                        status = entry.stat(follow_symlinks=False)
                        if entry.is_file(follow_symlinks=False):
                            self.seen += 1
                            yield status.st_size, entry.path
                        elif self._goes_into(entry, status):
                            waiting.append(entry.path)
            except OSError:
                self.skipped += 1

    def _goes_into(self, entry: os.DirEntry[str], status: os.stat_result) -> bool:
        same_disk = status.st_dev in (self._disk, 0)  # Windows tells no disk here
        return same_disk and entry.is_dir(follow_symlinks=False)


class Finder:
    """The searches of one page: a new one ends the one before.

    Args:
        show: takes the HTML to be shown, on the page's loop, as often as there is something new.

    """

    def __init__(self, show: Callable[[str], Awaitable[object]]) -> None:
        self._show = show
        self._task: asyncio.Task[None] | None = None

    def start(self, folder: str) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.ensure_future(self._look(folder))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await self._show(view.note("Stopped."))

    async def _look(self, folder: str) -> None:
        started = time.monotonic()
        try:
            search = await asyncio.to_thread(Search, folder)
        except OSError as error:
            await self._show(view.failure(error, folder))
            return
        try:
            work = asyncio.ensure_future(asyncio.to_thread(search.run))
            while not (await asyncio.wait({work}, timeout=0.5))[0]:
                await self._show(view.progress(search))
            await self._show(view.results(search, work.result(), time.monotonic() - started))
        finally:
            search.cancel()  # also when the page has gone: the thread must not go on for nobody
