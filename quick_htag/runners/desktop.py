"""Programs with a window end when their last page has left."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..deadline import Clock, monotonic
from ..guis import GuiHost


class LastPage:
    """Waits, on a thread of its own, until the last page has left for good.

    A page that is loaded again leaves and comes back: only when no page has come within the grace,
    and none is being rendered, was it the last.

    Args:
        guis: whose pages they are.
        grace: seconds.
        finish: called once, on the thread.
        clock: the monotonic clock.

    """

    def __init__(
        self,
        guis: GuiHost,
        grace: float,
        finish: Callable[[], object],
        clock: Clock = monotonic,
    ) -> None:
        self._guis = guis
        self._grace = grace
        self._finish = finish
        self._clock = clock
        self._changed = threading.Event()
        self._begun = False  # a page was there, or the window has gone
        self._stopped = False
        guis.pages_changed = self._wake
        self._thread = threading.Thread(target=self._run, name="quick_htag-last-page", daemon=True)
        self._thread.start()

    def page_came(self) -> bool:
        """Whether a page was there."""
        return self._begun

    def window_closed(self) -> None:
        """The window has gone, perhaps before its page was connected. Any thread."""
        self._wake()

    def _wake(self) -> None:
        # noted here, since a page may come and go before the thread looks
        self._begun = True
        self._changed.set()

    def close(self) -> None:
        """Wait no longer; again is harmless."""
        self._stopped = True
        self._changed.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        due: float | None = None
        while not self._stopped:
            self._changed.wait(None if due is None else max(0.0, due - self._clock()))
            self._changed.clear()
            if self._guis.connected_pages():
                due = None
            elif due is None:
                if self._begun:
                    due = self._clock() + self._grace
            elif self._clock() >= due:
                if not self._guis.rendering():
                    if not self._stopped:
                        self._finish()
                    return
                due = self._clock() + self._grace
