"""What stores hold: keys that are text, values that are JSON, times to live in seconds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from ..errors import ConfigurationError, NotStorable
from ..settings import Settings

DEFAULT_SIZE = Settings().max_stored_value  # bytes
LOCK_TIMEOUT = Settings().token_lock_timeout  # seconds
_MAX_KEY = 2048  # characters
_LAST = "\U0010ffff"  # no character sorts behind it

SCALARS = frozenset((str, int, float, bool, type(None)))
_TEXT = frozenset((str,))
_OTHER_SCALARS = (str, int, float)  # their subclasses, such as enumerations

# made once: ``json.dumps`` makes an encoder for each value, 3 us of 8
_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode(value: Any, max_size: int = DEFAULT_SIZE, name: str = "value") -> str:
    """``value`` as JSON text, ASCII only; tuples become lists.

    Args:
        value: dict with keys that are text, list, tuple, str, int, float, bool or None.
        max_size: bytes it may take.
        name: how an error calls the value.

    Raises:
        NotStorable: it is something else, nested too deep, or too large; the error names the place.

    """
    try:
        _check(value, name)
        text = _to_json(value)
    except RecursionError:
        raise NotStorable(name, "is nested too deep, or contains itself") from None
    except ValueError as error:  # a float or a whole number that JSON text cannot have
        if isinstance(error, NotStorable):
            raise
        raise NotStorable(*_first_odd_number(value, name)) from error
    if len(text) > max_size:
        raise NotStorable(
            name, f"takes {len(text)} bytes as JSON, more than the {max_size} allowed"
        )
    return text


def decode(text: str | bytes) -> Any:
    """The value that ``encode`` made this text of; each call makes a new one."""
    return json.loads(text)


def check_key(key: str) -> str:
    """``key``, if it may be one.

    Raises:
        NotStorable: it is no text, empty, longer than 2048 characters, or not writable as UTF-8.

    """
    if not isinstance(key, str) or not 0 < len(key) <= _MAX_KEY:
        raise NotStorable("key", f"is text of 1 to {_MAX_KEY} characters, not {_shown(key)}")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise NotStorable("key", f"must be writable as UTF-8: {_shown(key)}") from None
    return key


def can_begin(prefix: str) -> bool:
    """Whether a key may begin like this; no key has half of a pair of surrogates."""
    try:
        prefix.encode()
    except UnicodeEncodeError:
        return False
    return True


def behind(prefix: str) -> str | None:
    """The first text that sorts behind all that begin with ``prefix``; None: there is none."""
    kept = prefix.rstrip(_LAST)
    if not kept:
        return None
    code = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if code == 0xD800 else code)  # between them are the surrogates


def check_ttl(ttl: float | None) -> float | None:
    """Seconds to live; None: for ever.

    Raises:
        ConfigurationError: it is no number of seconds.

    """
    if ttl is None or ttl == math.inf:
        return None
    if isinstance(ttl, (int, float)) and not math.isnan(ttl):
        return float(ttl)
    raise ConfigurationError(f"a time to live is in seconds, or None, not {ttl!r}")


def _check(value: Any, path: str) -> None:
    """Raise for the first thing that is not JSON. Flat values are seen at the speed of C."""
    kind = value.__class__
    if kind in SCALARS:
        return
    if isinstance(value, dict):
        if not _TEXT.issuperset(map(type, value)):
            _check_names(value, path)
        if not SCALARS.issuperset(map(type, value.values())):
            for name, item in value.items():
                _check(item, f"{path}[{name!r}]")
    elif isinstance(value, (list, tuple)):
        if not SCALARS.issuperset(map(type, value)):
            for index, item in enumerate(value):
                _check(item, f"{path}[{index}]")
    elif not isinstance(value, _OTHER_SCALARS):
        raise NotStorable(
            path, f"is of type {kind.__name__}; use dict, list, str, int, float, bool or None"
        )


def _check_names(names: Iterable[Any], path: str) -> None:
    for name in names:
        if not isinstance(name, str):
            raise NotStorable(f"{path}[{name!r}]", "has a key that is no text; use str(...)")


def _first_odd_number(value: Any, path: str) -> tuple[str, str]:
    """Path and fault of what the encoder has refused."""
    if isinstance(value, float) and not math.isfinite(value):
        return path, f"is {value!r}, which JSON has not; use None or a text"
    if isinstance(value, int):
        return path, "is a whole number of too many digits; use a text"
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    for name, item in items:
        if _refused(item):
            return _first_odd_number(item, f"{path}[{name!r}]")
    return path, "cannot be written as JSON"


def _refused(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return True
    return False


def _shown(key: object) -> str:
    text = ascii(key)
    return text if len(text) <= 80 else f"{text[:80]}..."
