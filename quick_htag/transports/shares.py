"""How many connections each of several processes has that accept from one socket.

Whoever looks first would else take most of them: a client that opens many at once, and keeps them,
would be served by one process. The numbers are in a file that all have mapped into their memory.
Each writes its own, when a connection comes: all processes that wait are woken by it. A number that
is too high because connections were closed since makes the others take more, until it is written.
"""

from __future__ import annotations

import mmap
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

_NUMBER: Final = struct.Struct("=q")
_AHEAD: Final = 3  # connections that one may have more than another, or short ones would be left


class Shares:
    """The share of one process. One thread at a time.

    Args:
        path: the file; it is made.
        index: which process this is, from 0 on.
        count: how many there are.

    Raises:
        OSError: it cannot be made.

    """

    def __init__(self, path: str, index: int, count: int) -> None:
        self._index = index
        self._others = [one for one in range(count) if one != index]
        size = count * _NUMBER.size
        with suppress(FileExistsError):
            Path(path).open("xb").close()
        with Path(path).open("r+b") as file:
            if len(file.read(size)) < size:  # others may be as far: what they have noted is lost
                file.seek(0)
                file.write(bytes(size))  # to use a hole in a file on a full disk ends the process
                file.flush()
            self._map = mmap.mmap(file.fileno(), size)

    def is_ahead(self, mine: int) -> bool:
        """Whether this process has more than another one.

        Args:
            mine: how many it has.

        """
        numbers, size = self._map, _NUMBER.size
        _NUMBER.pack_into(numbers, self._index * size, mine)
        found = [_NUMBER.unpack_from(numbers, other * size)[0] for other in self._others]
        return bool(found) and mine > min(found) + _AHEAD

    def close(self) -> None:
        """Have none from now on; again is harmless."""
        if not self._map.closed:
            _NUMBER.pack_into(self._map, self._index * _NUMBER.size, 0)
            self._map.close()
