"""Parts of the package are loaded without looking for garbage meanwhile.

What is loaded stays, so looking at it again and again while more of it comes is for nothing. When
a part is there, all that is new counts as old at once, without being looked at: a freeze that is
undone moves the young objects into the oldest generation, which a full collection looks at as
always. Figures are in docs/performance.rst.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Switch the collector off, and back to what it was. For the time of imports; any thread."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            if not gc.get_freeze_count():  # else somebody wants his to stay frozen
                gc.freeze()
                gc.unfreeze()
            gc.enable()
